"""One step of a recurrent layer with every number of one unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import streamlit as st

from core.figures.inside.tiles import packed_floats
from pages._ui.components import component

_component = component(
    "memory/step",
    "<div class='memory-step'></div>",
    "layers/paint",
    "backprop/numbers",
    "backprop/written",
    "memory/along",
)


def step(
    found: Mapping[str, np.ndarray],
    pieces: Sequence[str],
    *,
    key: str,
    kind: str,
    bends: Mapping[str, str],
    inputs: Sequence[str],
    unit: int,
    place: int,
    start: int,
    said: str,
    on_pick: Callable[[int], None],
) -> None:
    """Draw it.

    Args:
        found: What the probe's method `memory_step` returned.
        pieces: What stands at each step of a text, to choose one; () for no choice.
        key: Streamlit's key.
        kind: Keras class of the layer.
        bends: Name of the activation by gate.
        inputs: Names of what comes in.
        unit, place: What is written out.
        start: The first step that is shown.
        said: What it is, in a sentence.
        on_pick: Is given the step that somebody chooses.
    """

    def picked() -> None:
        told = st.session_state.get(key, {}).get("picked")
        if told is not None:
            on_pick(int(told["place"]))

    places, at = {}, 0
    for name, array in found.items():
        places[name] = {"at": at, "shape": array.shape}
        at += array.size
    data = {
        "arrays": places,
        "floats": packed_floats(*found.values()),
        "pieces": list(pieces),
        "steps": len(pieces),
        "kind": kind,
        "bends": dict(bends),
        "inputs": list(inputs),
        "unit": unit,
        "place": place,
        "start": start,
        "said": said,
    }
    _component(key=key, data=data, on_picked_change=picked, height="content")
