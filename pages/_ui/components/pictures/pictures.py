"""Pictures that update in place without flicker, each with its scale."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from core.figures.pictures import Picture, gradient_css
from pages._ui.components import component

_component = component("pictures/pictures", "<div class='pictures'></div>")

WIDTH = 700  # maximum CSS width of a sheet of tiles
MOST_ZOOM = 6


def pictures(
    shown: Sequence[Picture],
    *,
    key: str,
    snapshot: str = "",
    below: Sequence[str] = (),
    width: int | None = None,
    chosen: Collection[int] = (),
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Show pictures side by side, wrapping.

    Args:
        shown: The pictures.
        key: Streamlit's key; the same key updates the pictures in place.
        snapshot: Name of the run's snapshot, for tests.
        below: Texts under the pictures, if any.
        width: CSS width of each; by default a whole multiple of its pixels.
        chosen: Indices of the marked pictures.
        on_pick: Called with the index of the clicked picture; None if they are not clickable.
    """

    def clicked() -> None:
        picked = st.session_state.get(key, {}).get("picked")
        if picked and on_pick:
            on_pick(int(picked[0]))

    texts = [*below, *[""] * (len(shown) - len(below))]
    entries = [_entry(picture, text, width) for picture, text in zip(shown, texts, strict=True)]
    data = {"pictures": entries, "snapshot": snapshot, "chosen": sorted(chosen) if on_pick else None}
    _component(key=key, data=data, on_picked_change=clicked, height="content")


def _entry(picture: Picture, below: str, width: int | None) -> dict[str, Any]:
    zoom = max(1, min(MOST_ZOOM, WIDTH // picture.width))
    plain = picture.scale == "grey"
    return {
        "title": picture.title,
        "kind": "webp" if picture.png.startswith(b"RIFF") else "png",
        "png": base64.b64encode(picture.png).decode(),
        "still": base64.b64encode(picture.still).decode(),
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
