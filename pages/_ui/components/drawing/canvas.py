"""A canvas to draw on with mouse, finger or pen."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.figures.pictures import Picture
from pages._ui.components import component

SIDE = 84  # pixels sent along each side; the same as in canvas.js

KEYS = "Arrow keys move the cursor (with Shift, finely). Enter places a point there, Delete removes it."

_component = component(
    "drawing/canvas",
    f"<div class='pad'><div class='sheet'><canvas role='application' tabindex='0' aria-description='{KEYS}'></canvas>"
    f"<div class='cursor'></div><div class='hint'></div></div><div class='keys'>{KEYS}</div>"
    "<div class='colors' role='group' aria-label='Class'></div>"
    "<div class='tools'><button type='button' class='undo'>Undo</button>"
    "<button type='button' class='clear'>Clear</button></div>"
    "<div class='try'>Or choose one of these<div class='samples'></div></div></div>",
)


@dataclass(frozen=True)
class CanvasDrawing:
    """The drawing on a canvas.

    Args:
        number: Grows with each change.
        ink: uint8 (84, 84), 0 where nothing is drawn, or (classes, 84, 84) for the classes with strokes; None if empty.
        is_down: Whether a stroke is still being drawn.
    """

    number: int
    ink: np.ndarray | None
    is_down: bool


def drawn(key: str, *, most: int | None = None) -> CanvasDrawing:
    """Return the drawing on a canvas; malformed data from the browser counts as empty.

    Args:
        key: Streamlit's key of the canvas.
        most: Number of its colours; None if it has none.
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
        key: Streamlit's key; `drawn` reads the drawing.
        seen: Number of the last answered drawing; the browser then sends the next one.
        label: Its purpose, for screen readers.
        hint: Text shown on it while it is empty.
        samples: Pictures to choose instead of drawing; empty until they are ready, None to offer none.
        again_ms: Delay after which the browser sends an unanswered drawing again, in ms; None for never.
        is_hidden: Whether to hide the canvas but keep its drawing.
        colors: Class name -> CSS colour; None if the drawing has no classes.
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
