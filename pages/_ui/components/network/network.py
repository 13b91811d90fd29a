"""The living network: each layer as a box that shows what it makes of an example, and moves while it learns.

Networks that learn from each other are one drawing: what the first makes, and what is real, stands between them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from core.datasets.features import MISSING, Image, Tokens, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken, Number, TokenSequence
from core.datasets.texts.tokens import CHARACTER
from core.figures.colours import DIVERGING, GREY, VIRIDIS
from core.figures.network.architecture import NetworkStages, Stage, glyph, short
from core.figures.network.frame import Frame
from core.layers import Shape, written
from pages._ui.components import component

SCALES = {"sequential": VIRIDIS, "diverging": DIVERGING, "grey": ("#000000", "#FFFFFF")}
KINDS = ("made", "real")
_component = component("network/network", "<div class='network'></div>")


def network(
    drawn: Sequence[NetworkStages],
    spec: DataSpec,
    *,
    key: str,
    sees: bool,
    reading: str = "",
    frame: Frame | None = None,
    identity: str = "",
    snapshot: str = "",
    edited: Collection[str] = (),
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Draw one network, or two that learn from each other, as boxes that a click enlarges.

    Args:
        drawn: The networks and what becomes of each layer; of two, the second judges what the first makes.
        spec: Data that they answer or make.
        key: Streamlit's key; with the same key boxes fade from one frame to the next.
        sees: Whether whoever looks may see the data: its words and pieces are for nobody else.
        reading: How a verdict is read; "" for a share.
        frame: What their layers make of examples; None if that is not known or must not be seen.
        identity: Frames of another identity are forgotten, such as those of another run.
        snapshot: Which snapshot it is, for tests.
        edited: Names of the boxes whose settings are open.
        on_choose: Is given the name of the box that was enlarged.
    """

    def chosen() -> None:
        name = st.session_state.get(key, {}).get("chosen")
        if name and on_choose:
            on_choose(str(name[0]))

    sent = frame if is_visible(key) else None
    data = {
        **scene_of(drawn, spec, reading, seen=sent.tiles if sent else (), sees=sees),
        "frame": sent.to_json() if sent else None,
        "scales": SCALES,
        "identity": identity,
        "snapshot": snapshot,
        "edited": list(edited),
        "isHidden": not is_visible(key),
    }
    _component(key=key, data=data, on_chosen_change=chosen, on_hidden_change=lambda: None, height="content")


def is_visible(key: str) -> bool:
    """Return whether the browser shows the drawing; until it says no, it does."""
    return not st.session_state.get(key, {}).get("hidden")


def box_name(drawn: Sequence[NetworkStages], network_id: str, stage: str) -> str:
    """Return the name of a stage's box; "" for no stage."""
    return f"{network_id}/{stage}" if len(drawn) > 1 and stage else stage


def scene_of(
    drawn: Sequence[NetworkStages],
    spec: DataSpec,
    reading: str = "",
    seen: Collection[str] = (),
    *,
    sees: bool = False,
) -> dict[str, Any]:
    """Return the lanes of boxes, the examples between them, and whose losses are weighed against each other.

    Args:
        drawn, spec, reading, sees: As of `network`.
        seen: Names of the boxes that show more than what kind they are.
    """

    def slim(boxes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:  # without what is usual
        return [{k: v for k, v in box.items() if v and not (k == "glyph" and box["name"] in seen)} for box in boxes]

    if len(drawn) == 1:
        boxes = slim(_sample_boxes(drawn[0], spec, sees))
        return {"lanes": [{"title": "", "boxes": boxes}], "examples": [], "losses": []}
    lanes = []
    for one in drawn:
        lane = [_input_box(one), *map(_box, one.stages)] if one is drawn[0] else [*map(_box, one.stages)]
        named = [{**box, "name": box_name(drawn, one.spec.id, box["name"])} for box in lane]
        if one is drawn[-1]:
            named[-1] |= {"isAnswer": True, "isVerdict": True, "isChip": False, "names": KINDS, "reading": reading}
        lanes.append({"title": one.spec.title, "boxes": slim(named)})
    return {"lanes": lanes, "examples": slim(_examples(spec)), "losses": [one.spec.title for one in drawn]}


def _examples(spec: DataSpec) -> list[dict[str, Any]]:
    """Return the boxes of what is made and what is real: images apart, points in one plane."""
    empty, kind = _box(Stage("", GREY, spec.input_shape, receptive_field=None)), spec.kind
    if not isinstance(spec.features, Image):
        label = f"{KINDS[0]} and {KINDS[1]} {kind}"
        return [{**empty, "name": "plane/fake", "label": label, "facts": [], "shape": "", "isPlane": True}]
    shown = {**empty, "facts": [], "channels": spec.features.channels}
    names = zip(("samples/images", "samples/real"), KINDS, strict=True)
    return [{**shown, "name": name, "label": f"{word} {kind}"} for name, word in names]


def _input_box(drawn: NetworkStages) -> dict[str, Any]:
    shape = drawn.spec.input_shape
    box = {**_box(Stage("input", GREY, shape, receptive_field=None)), "label": drawn.spec.takes, "facts": []}
    return box | ({"channels": 3} if len(shape) == 3 and shape[2] == 3 else {})


def _sample_boxes(drawn: NetworkStages, spec: DataSpec, sees: bool) -> list[dict[str, Any]]:
    """Return the boxes from what comes in to the answer."""
    boxes = [_input_box(drawn), *map(_box, drawn.stages)]
    if isinstance(spec.features, Vector):
        boxes[0]["names"] = spec.features.names
    for box in boxes[-2:]:  # the logits and their probabilities
        box["names"] = answer_names(spec, sees=sees)
    unit = spec.target.unit if isinstance(spec.target, Number) else ""
    boxes[-1] |= {"isAnswer": True, "isChip": False, "unit": unit}
    return boxes


def answer_names(spec: DataSpec, *, sees: bool) -> list[str]:
    """Return the names of the classes, or of the tokens with signs for those that cannot be seen.

    Args:
        spec: The data.
        sees: Whether its words and pieces may be seen; characters all may know.
    """
    if not isinstance(spec.target, NextToken | TokenSequence):
        return list(spec.classes)
    if not sees and isinstance(spec.features, Tokens) and spec.features.unit != CHARACTER:
        return [MISSING] * len(spec.target.vocabulary)
    return [{"": MISSING, " ": "␣", "\n": "↵"}.get(token, token) for token in spec.target.vocabulary]


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
