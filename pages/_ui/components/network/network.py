"""The living network: each layer as a box that shows what it makes of an example, and moves while it learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.figures.architecture import NetworkStages, Stage, short
from core.figures.frame import Frame
from core.layers import Shape, written
from pages._ui.components import component

_component = component("network/network", "<div class='network'></div>")


def network(
    drawn: NetworkStages,
    frame: Frame | None,
    *,
    key: str,
    answers: Sequence[str] = (),
    snapshot: str = "",
    edited: str = "",
    note: str = "",
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Draw a network as boxes that a click enlarges.

    Args:
        drawn: The network and what becomes of each layer.
        frame: What its layers make of an example; None if that is not known or must not be seen.
        key: Streamlit's key; with the same key boxes fade from one frame to the next.
        answers: Names of the classes; none if it answers a number.
        snapshot: Which snapshot it is, for tests.
        edited: Name of the stage whose settings are open.
        note: A sentence below the boxes.
        on_choose: Is given the name of the stage that was enlarged.
    """

    def chosen() -> None:
        name = st.session_state.get(key, {}).get("chosen")
        if name and on_choose:
            on_choose(str(name[0]))

    spec = drawn.spec
    data = {
        "takes": spec.takes,
        "shape": _written(spec.input_shape),
        "boxes": [_box(stage) for stage in drawn.stages],
        "frame": None if frame is None or not is_visible(key) else frame.to_json(),
        "answers": list(answers),
        "snapshot": snapshot,
        "edited": edited,
        "note": note,
    }
    _component(key=key, data=data, on_chosen_change=chosen, on_hidden_change=lambda: None, height="content")


def is_visible(key: str) -> bool:
    """Return whether the browser shows the drawing; until it says no, it does."""
    return not st.session_state.get(key, {}).get("hidden")


def _box(stage: Stage) -> dict[str, Any]:
    facts = [
        f"{short(stage.parameters)} parameters" if stage.parameters else "no parameters",
        f"{short(stage.multiply_adds)} multiply-adds" if stage.multiply_adds else "",
        "" if stage.receptive_field is None else f"sees {_sees(stage.receptive_field)}",
    ]
    shape = _written(stage.shape) if stage.shape else "cannot be built" if stage.is_fault else "not reached"
    return {
        "name": stage.name,
        "color": stage.colour,
        "shape": shape,
        "facts": [fact for fact in facts if fact] if stage.shape else [],
        "fault": stage.is_fault,
    }


def _written(shape: Shape) -> str:
    return written(shape).replace("x", "×")


def _sees(side: int) -> str:
    return f"{side}×{side} pixels" if side else "all pixels"
