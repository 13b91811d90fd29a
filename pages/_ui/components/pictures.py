"""Pictures that change in place, without a flicker, each with its scale."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from core.figures.pictures import Picture, gradient_css
from pages._ui.components import component

_component = component("pictures", "<div class='pictures'></div>")

WIDTH = 700  # CSS pixels that a sheet of tiles may take
MOST_ZOOM = 6


def pictures(
    shown: Sequence[Picture], *, key: str, moment: str = "", below: Sequence[str] = (), width: int | None = None
) -> None:
    """Show pictures side by side, wrapping.

    Args:
        shown: What to show.
        key: Streamlit's key; the same key changes the pictures in place.
        moment: Which moment of a run this is, for tests.
        below: A text under each picture, if any.
        width: CSS width of each; by default a whole multiple of its pixels.
    """
    texts = [*below, *[""] * (len(shown) - len(below))]
    entries = [_entry(picture, text, width) for picture, text in zip(shown, texts, strict=True)]
    _component(key=key, data={"pictures": entries, "moment": moment}, height="content")


def _entry(picture: Picture, below: str, width: int | None) -> dict[str, Any]:
    zoom = max(1, min(MOST_ZOOM, WIDTH // picture.width))
    plain = picture.scale == "grey"
    return {
        "title": picture.title,
        "png": base64.b64encode(picture.png).decode(),
        "alt": picture.alt,
        "width": width or picture.width * zoom,
        "ratio": f"{picture.width} / {picture.height}",
        "gradient": "" if plain else gradient_css(picture.scale),
        "low": f"{picture.low:.2f}",
        "high": f"{picture.high:.2f}",
        "labels": picture.labels,
        "bars": picture.bars,
        "marked": picture.marked,
        "below": below,
    }
