"""A sequence along the page, with the units of a layer at every step: click one, and it colours the sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.figures.colours import NEGATIVE, POSITIVE
from core.figures.inside.tiles import packed_floats
from pages._ui.components import component

_component = component("memory/states", "<div class='states'></div>", "layers/paint", "memory/along")


def states(
    values: np.ndarray,
    pieces: Sequence[str],
    numbers: np.ndarray,
    *,
    key: str,
    start: int,
    title: str,
    chosen: tuple[int, int],
    on_pick: Callable[[int, int], None],
    noun: str = "unit",
) -> None:
    """Draw them.

    Args:
        values: What the units say, float (steps, units).
        pieces: What stands at each step of a text; () of a series.
        numbers: A series, float (steps, columns); of a text (0, 0).
        key: Streamlit's key.
        start: The first step that is shown.
        title: What the values are.
        chosen: Unit and step.
        on_pick: Is given the unit and the step that somebody chooses.
        noun: What a row is.
    """

    def picked() -> None:
        found = st.session_state.get(key, {}).get("picked")
        if found is not None:
            on_pick(int(found["unit"]), int(found["place"]))

    data = {
        "values": packed_floats(values),
        "steps": values.shape[0],
        "units": values.shape[1],
        "pieces": list(pieces),
        "numbers": packed_floats(numbers),
        "columns": numbers.shape[1],
        "start": start,
        "title": title,
        "noun": noun,
        "chosen": {"unit": chosen[0], "place": chosen[1]},
        "colours": [NEGATIVE, POSITIVE],
    }
    _component(key=key, data=data, on_picked_change=picked, height="content")
