"""The colours of charts and pictures; pages and styles take them from here.

The series are Okabe and Ito's, which colour-blind readers can tell apart.
"""

from __future__ import annotations

BLUE, ORANGE, GREEN, VERMILION, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
QUIET = "#7F8A96"  # reference lines
GREY = "#8A939E"  # layers without weights

SERIES = (BLUE, ORANGE, GREEN, VERMILION, PINK, SKY)  # in order
RUNS = (*SERIES, "#9467BD", "#8C7A4B", QUIET, "#B5A900", "#17A2A2", "#E0527A")  # runs side by side
TRAINING, VALIDATION = SERIES[:2]  # test data looks like validation data
WRONG = VERMILION

# Colours at equal steps of a scale: nine of matplotlib's viridis (CC0), and from negative to positive.
VIRIDIS = (
    *("#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C"),
    *("#28AE80", "#5EC962", "#ADDC30", "#FDE725"),
)
NEGATIVE, POSITIVE = BLUE, VERMILION
DIVERGING = (NEGATIVE, "#7FB3D5", "#F2F1EC", "#F0B98D", POSITIVE)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour such as `BLUE`."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
