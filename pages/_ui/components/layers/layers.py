"""A network from left to right with what each layer makes of an example, down to the arithmetic of one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.figures.colours import DIVERGING, VIRIDIS
from pages._ui.components import component

_component = component(
    "layers/layers",
    "<div class='layers'></div>",
    "layers/arithmetic",
    "layers/paint",
    "layers/unit",
    "layers/written",
)
_SCALES = {"sequential": VIRIDIS, "diverging": DIVERGING}


@dataclass(frozen=True)
class Opened:
    """What is opened of a network.

    Args:
        layer: Name of a layer; "" for none.
        unit: Which of its maps or units; -1 for none.
    """

    layer: str = ""
    unit: int = -1


def opened_in(key: str) -> Opened | None:
    """Return what was opened in the drawing with this key; None if nothing was ever clicked."""
    told = (st.session_state.get(key) or {}).get("opened")
    try:
        return None if told is None else Opened(str(told["layer"]), int(told["unit"]))
    except (KeyError, TypeError, ValueError):
        return None


def layers(
    scene: Mapping[str, Any], seen: Mapping[str, Any] | None, *, key: str, opened: Opened, is_asked: bool, snapshot: str
) -> None:
    """Draw the network.

    Args:
        scene: The `boxes` from what comes in to the answer, each with the layers inside it as `parts`; the `kinds` of
            layers by name, those that pass on as `passes`; names of `classes` and `columns`; the layers
            that are `images`; and the `inputShape` of an image.
        seen: What the layers make of an example: the `overview` and the opened `tiles` as of
            `core.figures.inside.tiles.packed`, which are `dead`, and the opened `unit`; if it answers an earlier
            question, what it has `opened`. None if there is no example.
        key: Streamlit's key; `opened_in` reads it.
        opened: What is opened.
        is_asked: Whether there is an example, so that what its layers make of it comes soon.
        snapshot: Which snapshot it is, for tests.
    """
    nothing: dict[str, Any] = {"overview": None, "tiles": None, "unit": None, "dead": {}, "given": ""}
    shown = {**nothing, "opened": vars(opened), **(seen or {})}
    data = {**scene, **shown, "scales": _SCALES, "isAsked": is_asked, "snapshot": snapshot}
    _component(key=key, data=data, on_opened_change=lambda: None, height="content")


def slim(boxes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return boxes with what this drawing needs of them."""
    usual = {
        "facts": [],
        "names": [],
        "isChip": False,
        "isAnswer": False,
        "parts": [],
        "glyph": "",
        "shape": "",
        "unit": "",
    }
    wanted = ("name", "label", "color", *usual)
    return [{name: box.get(name, usual.get(name)) for name in wanted} for box in boxes]
