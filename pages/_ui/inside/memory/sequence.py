"""The sequence that a network reads, as the views of memories show it; and what of it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.features import MISSING, Image, Tokens
from core.datasets.targets import NextToken
from core.layers import NetworkSpec
from core.layers.memory import embeddings, memories, reads_any_length, stepwise
from pages._ui.inside.links import choose_linked, from_link, keep_in_link
from pages._ui.inside.subject import Inside

LAYER, PART, UNIT, PLACE = "inside_layer", "inside_part_of", "inside_unit", "inside_place"  # in the link too
LONGEST = 400  # steps of a text of one's own
TITLES = {
    "hidden": "Hidden state",
    "cell": "Cell state",
    "forget": "Forget gate",
    "input": "Input gate",
    "output": "Output gate",
    "candidate": "Candidate",
    "update": "Update gate",
    "reset": "Reset gate",
}


@dataclass(frozen=True, eq=False)
class Sequence:
    """A sequence to read.

    Args:
        given: An input of the usual length, which the probe checks.
        text: The sequence, if it has another length; else None.
        pieces: What stands at each step of a text; () of a series.
        numbers: A series, float (steps, columns); of a text (0, 0).
        start: The first step that holds something.
    """

    given: np.ndarray
    text: np.ndarray | None
    pieces: tuple[str, ...]
    numbers: np.ndarray
    start: int = 0

    @property
    def steps(self) -> int:
        """How long it is."""
        return len(self.pieces) or len(self.numbers)

    def said(self, place: int) -> str:
        """Return what stands at a step, as people read it."""
        if not self.pieces:
            return f"step {place + 1}"
        return f"“{self.pieces[place].replace(chr(10), '⏎') or MISSING}”"


def takes_any_length(network: NetworkSpec, features: Any, target: Any) -> bool:
    """Return whether a text of one's own keeps its length; else it is cut, or filled up, to the usual one."""
    return isinstance(features, Tokens) and isinstance(target, NextToken) and reads_any_length(network)


def sequence_of(inside: Inside) -> Sequence | None:
    """Return the sequence that is looked at; None, with a sentence, if there is none yet."""
    example, features = inside.example, inside.dataset.spec.features
    if example is None or not len(example):
        noun = "text" if isinstance(features, Tokens) else "sequence"
        st.info(f"Give the network a {noun} on the left: what it makes of it appears here.")
        return None
    if not isinstance(features, Tokens):
        rows = example.reshape(len(example), -1).astype(np.float32)
        return Sequence(example, None, (), rows / 255 if isinstance(features, Image) else rows)
    usual, start = features.length, int(np.argmax(example != 0)) if example.any() else 0
    shown = (*[""] * start, *features.signs(example[start:]))
    if not inside.sees:  # what is not in a private vocabulary is not told
        typed = inside.typed[-len(example) :]
        start = len(example) - len(typed)
        shown = (*[""] * start, *typed)
    if len(example) == usual:
        return Sequence(example, None, shown, np.zeros((0, 0), np.float32), start)
    given = np.zeros(usual, example.dtype)
    return Sequence(given, example, shown, np.zeros((0, 0), np.float32), 0)


def choose_layer(inside: Inside, layers: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """Draw the choice of a layer, and of a part of it if it has several; return both."""
    names = list(layers)
    recurrent = [name for name in memories(inside.network) if name in layers] or names
    layer = choose_linked(
        LAYER,
        "Layer",
        names,
        recurrent[0],
        says=lambda name: name.replace("/", ", "),
        run=inside.run,
        width=190,
        help="The layer whose units are looked at. Late layers follow what matters for the answer.",
    )
    parts = list(layers[layer])
    if len(parts) == 1:
        st.query_params.pop(PART, None)
        return layer, parts[0]
    part = choose_linked(
        PART,
        "Show",
        parts,
        parts[0],
        says=TITLES.__getitem__,
        run=inside.run,
        width=170,
        help="Hidden: what the unit says. Cell: what it keeps. Gates, 0 to 1: how much comes in, stays, or is said.",
    )
    return layer, part


def layers_of(inside: Inside) -> dict[str, tuple[str, ...]]:
    """Return the layers that say something at every step, with what each can be asked for.

    An embedding says its weights, which are only for those who may see the data.
    """
    hidden = () if inside.sees else embeddings(inside.network)
    return {name: parts for name, parts in stepwise(inside.network).items() if name not in hidden}


def chosen_unit(inside: Inside, units: int) -> int:
    """Return the unit that is looked at."""
    return from_link(UNIT, range(units), 0)


def chosen_place(inside: Inside, sequence: Sequence) -> int:
    """Return the step that is looked at, the last one by default."""
    places = range(sequence.start, sequence.steps)
    return from_link(PLACE, places, places[-1])


def keep_chosen(unit: int, place: int | None = None) -> None:
    """In a callback: look at another unit, or another step."""
    keep_in_link(UNIT, unit, 0)
    if place is not None:
        keep_in_link(PLACE, place, -1)
