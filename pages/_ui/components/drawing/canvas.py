"""A canvas to draw on with mouse, finger or pen."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.pictures import Picture
from pages._ui.components import component

SIDE = 84  # pixels of what is sent; canvas.js has the same

_component = component(
    "drawing/canvas",
    "<div class='pad'><div class='sheet'><canvas role='img'></canvas><div class='hint'></div></div>"
    "<div class='colors' role='group' aria-label='Class'></div>"
    "<div class='tools'><button type='button' class='undo'>Undo</button>"
    "<button type='button' class='clear'>Clear</button></div>"
    "<div class='try'>Or take one of these<div class='samples'></div></div></div>",
)


@dataclass(frozen=True)
class CanvasDrawing:
    """What is on a canvas.

    Args:
        number: Grows with each change.
        ink: uint8 (84, 84), 0 where nothing is drawn, or (classes, 84, 84) of those that have a stroke; None if it is
            empty.
        is_down: Whether the pen is still on it.
    """

    number: int
    ink: np.ndarray | None
    is_down: bool


def drawn(key: str, *, most: int | None = None) -> CanvasDrawing:
    """Return what is on the canvas of that key; something odd from the browser is an empty one.

    Args:
        key: Streamlit's.
        most: How many colors it has; None if it has none.
    """
    told = (st.session_state.get(key) or {}).get("drawing") or {}
    try:
        number, pixels = int(told.get("number", 0)), base64.b64decode(told.get("pixels") or "", validate=True)
    except (AttributeError, TypeError, ValueError):
        return CanvasDrawing(0, None, False)
    sheets, rest = divmod(len(pixels), SIDE * SIDE)
    if rest or not 1 <= sheets <= (most or 1) or not any(pixels):
        return CanvasDrawing(number, None, False)
    ink = np.frombuffer(pixels, np.uint8).reshape(sheets, SIDE, SIDE)
    return CanvasDrawing(number, ink[0] if most is None else ink, bool(told.get("is_down")))


def canvas(
    *,
    key: str,
    seen: int,
    label: str,
    hint: str,
    samples: Sequence[Picture] | None = None,
    again_ms: int | None = None,
    is_hidden: bool = False,
    colors: Mapping[str, str] | None = None,
) -> None:
    """Show a canvas.

    Args:
        key: Streamlit's key; `drawn` reads what is on it.
        seen: Number of the drawing that was answered: the browser sends the next one after that.
        label: What it is for, for those who cannot see it.
        hint: What stands on it while it is empty.
        samples: Pictures that can be taken instead of drawing; none as long as they are on their way.
        again_ms: Have the same drawing sent again after so long, as it could not be answered yet.
        is_hidden: Only keep what is on it.
        colors: Name of each class -> its CSS color; None if what is drawn has no classes.
    """
    tiles = samples and [{"png": base64.b64encode(sample.png).decode(), "alt": sample.alt} for sample in samples]
    data = {
        "seen": seen,
        "label": label,
        "hint": hint,
        "samples": tiles,
        "again_ms": again_ms,
        "is_hidden": is_hidden,
        "colors": colors or {},
    }
    _component(key=key, data=data, on_drawing_change=lambda: None, height="content")
