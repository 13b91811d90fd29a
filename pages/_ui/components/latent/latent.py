"""Sliders whose samples follow while they are moved."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import streamlit as st

from pages._ui.components import component

_component = component("latent/latent", "<div class='latent'></div>")


def moved(key: str, count: int, most: float) -> tuple[int, np.ndarray]:
    """Return the number of the newest move, and where the sliders stand, float32 (count,).

    Args:
        key: Streamlit's key of the sliders.
        count: How many there are; malformed data from the browser counts as all at 0.
        most: The end of each, in both directions.
    """
    told = (st.session_state.get(key) or {}).get("moved") or {}
    try:
        number, places = int(told["number"]), np.array(told["places"], np.float32)
    except (KeyError, TypeError, ValueError):
        return 0, np.zeros(count, np.float32)
    if places.shape != (count,) or not np.isfinite(places).all():
        return number, np.zeros(count, np.float32)
    return number, places.clip(-most, most)


def sliders(images: np.ndarray, labels: Sequence[str], *, key: str, seen: int, most: float, alt: str) -> None:
    """Show sliders beside a sample that follows them, and smaller ones that are moved alike.

    Args:
        images: uint8 (n, h, w, c); the first is large.
        labels: One a slider.
        key: Streamlit's key; `moved` reads the sliders.
        seen: Number of the move that the images follow; the browser then sends the next one.
        most: The end of each slider, in both directions.
        alt: What the images are, for screen readers.
    """
    data = {
        "labels": list(labels),
        "most": most,
        "seen": seen,
        "shape": images.shape,
        "bytes": base64.b64encode(np.ascontiguousarray(images).tobytes()).decode(),
        "alt": alt,
    }
    _component(key=key, data=data, on_moved_change=lambda: None, height="content")
