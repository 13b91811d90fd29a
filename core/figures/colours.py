"""The colours of charts and pictures; pages and styles take them from here.

The series are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

BLUE, ORANGE, GREEN, VERMILION, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
QUIET = "#7F8A96"  # reference lines
GREY = "#8A939E"  # layers without weights

SERIES = (BLUE, ORANGE, GREEN, VERMILION, PINK, SKY)  # in order
RUNS = (*SERIES, "#9467BD", "#8C7A4B", QUIET, "#B5A900", "#17A2A2", "#E0527A")  # runs side by side
RUN_NAMES = (
    *("Blue", "Orange", "Green", "Vermilion", "Pink", "Sky"),
    *("Purple", "Brown", "Grey", "Olive", "Teal", "Rose"),
)
TRAINING, VALIDATION = SERIES[:2]  # test data looks like validation data
WRONG = VERMILION

# Colours at equal steps of a scale: nine of matplotlib's viridis (CC0), and from negative to positive.
VIRIDIS = (
    *("#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C"),
    *("#28AE80", "#5EC962", "#ADDC30", "#FDE725"),
)
NEGATIVE, POSITIVE = BLUE, VERMILION
DIVERGING = (NEGATIVE, "#7FB3D5", "#F2F1EC", "#F0B98D", POSITIVE)


def colours_of(own: Sequence[str]) -> list[str]:
    """Return a colour for each of some runs: its own, else the next that none of them has as its own.

    Args:
        own: The runs' own colours; empty for none.
    """
    left = cycle([colour for colour in RUNS if colour not in own] or RUNS)
    return [colour or next(left) for colour in own]


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour such as `BLUE`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
