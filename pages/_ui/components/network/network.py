"""The living network: each layer as a box that shows what it makes of an example, and moves while it learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.datasets.features import Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.figures.colours import DIVERGING, GREY, VIRIDIS
from core.figures.network.architecture import NetworkStages, Stage, glyph, short
from core.figures.network.frame import Frame
from core.layers import Shape, written
from pages._ui.components import component

SCALES = {"sequential": VIRIDIS, "diverging": DIVERGING, "grey": ("#000000", "#FFFFFF")}
_component = component("network/network", "<div class='network'></div>")


def network(
    drawn: NetworkStages,
    *,
    key: str,
    spec: DataSpec | None = None,
    frame: Frame | None = None,
    identity: str = "",
    snapshot: str = "",
    edited: str = "",
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Draw a network as boxes that a click enlarges.

    Args:
        drawn: The network and what becomes of each layer.
        key: Streamlit's key; with the same key boxes fade from one frame to the next.
        spec: Data that the network answers; None if it is only drawn.
        frame: What its layers make of an example; None if that is not known or must not be seen.
        identity: Frames of another identity are forgotten, such as those of another run.
        snapshot: Which snapshot it is, for tests.
        edited: Name of the stage whose settings are open.
        on_choose: Is given the name of the stage that was enlarged.
    """

    def chosen() -> None:
        name = st.session_state.get(key, {}).get("chosen")
        if name and on_choose:
            on_choose(str(name[0]))

    data = {
        "boxes": boxes_of(drawn, spec),
        "frame": frame.to_json() if frame is not None and is_visible(key) else None,
        "scales": SCALES,
        "isBare": spec is None,
        "identity": identity,
        "snapshot": snapshot,
        "edited": edited,
        "isHidden": not is_visible(key),
    }
    _component(key=key, data=data, on_chosen_change=chosen, on_hidden_change=lambda: None, height="content")


def is_visible(key: str) -> bool:
    """Return whether the browser shows the drawing; until it says no, it does."""
    return not st.session_state.get(key, {}).get("hidden")


def boxes_of(drawn: NetworkStages, spec: DataSpec | None) -> list[dict[str, Any]]:
    """Return the boxes from what comes in to the answer."""
    given = drawn.spec
    first = _box(Stage("input", GREY, given.input_shape, receptive_field=None))
    boxes = [{**first, "label": given.takes, "facts": []}, *(_box(stage) for stage in drawn.stages)]
    if spec is None:
        return boxes
    if isinstance(spec.features, Vector):
        boxes[0]["names"] = spec.features.names
    for box in boxes[-2:]:  # the logits and their probabilities
        box["names"] = list(spec.classes)
    unit = spec.target.unit if isinstance(spec.target, Number) else ""
    boxes[-1] |= {"isAnswer": True, "isChip": False, "unit": unit}
    return boxes


def _box(stage: Stage) -> dict[str, Any]:
    return {
        "name": stage.name,
        "label": stage.name,
        "color": stage.colour,
        "glyph": glyph(stage),
        "shape": _written(stage.shape) if stage.shape else "cannot be built" if stage.is_fault else "not reached",
        "facts": _facts(stage) if stage.shape else [],
        "isFault": stage.is_fault,
        "isChip": stage.passes_on,
        "isAnswer": False,
        "names": [],
        "unit": "",
    }


def _facts(stage: Stage) -> list[str]:
    facts = [
        f"{short(stage.parameters)} parameters" if stage.parameters else "no parameters",
        f"{short(stage.multiply_adds)} multiply-adds" if stage.multiply_adds else "",
        "" if stage.receptive_field is None else f"sees {_sees(stage.receptive_field)}",
    ]
    return [fact for fact in facts if fact]


def _written(shape: Shape) -> str:
    return written(shape).replace("x", "×")


def _sees(side: int) -> str:
    return f"{side}×{side} pixels" if side else "all pixels"
