"""The first layer at work: its kernels, and the map that each makes of a picture."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from core.datasets.spec import DataSpec
from core.figures.network.tiles import draw_feature_maps, draw_kernels
from core.figures.pictures import Picture, gradient_css
from pages._ui.components import component

MOST = 16  # filters shown
SIDE = 64  # CSS pixels of a map; larger ones are sent smaller
MAPS, KERNELS = "maps/", "kernels/"

_component = component("pictures/filters", "<div class='filters'></div>")


def first_layer(arrays: Mapping[str, np.ndarray]) -> str:
    """Return the name of the first layer with feature maps; empty if there is none."""
    return next((name.removeprefix(MAPS) for name in arrays if name.startswith(f"{MAPS}conv")), "")


def filters(arrays: Mapping[str, np.ndarray], spec: DataSpec, *, key: str, what: str) -> None:
    """Show the maps of the first convolution and its kernels; pointing at one marks the other.

    Args:
        arrays: `maps/<layer>` (h, w, filters), and `kernels/<layer>` (kh, kw, channels in, filters) if it has kernels.
        spec: Data specification.
        key: Streamlit's key; the same key updates the pictures in place.
        what: What they look at, such as "your drawing".
    """
    layer = first_layer(arrays)
    if not layer:
        return
    maps = arrays[f"{MAPS}{layer}"]
    step = -(-max(maps.shape[:2]) // SIDE)
    count, shown = maps.shape[-1], maps[::step, ::step, :MOST]
    data = {
        "maps": _sheet(draw_feature_maps({layer: shown}, spec)[0], shown),
        "kernels": None,
        "side": SIDE,
        "peaks": [f"{peak:.2f}" if peak > 0 else "" for peak in shown.max(axis=(0, 1)).tolist()],
        "what": what,
        "some": "" if count <= MOST else f"The first {MOST} of {count} filters.",
    }
    kernels = arrays.get(f"{KERNELS}{layer}")
    if kernels is not None:
        data["kernels"] = _sheet(draw_kernels({layer: kernels[..., :MOST]}, spec)[0], kernels[..., 0, :MOST])
    _component(key=key, data=data, height="content")


def _sheet(picture: Picture, tiles: np.ndarray) -> dict[str, Any]:
    """Return a sheet of tiles, drawn from (height, width, count), for the browser."""
    height, width, count = tiles.shape
    return {
        "png": base64.b64encode(picture.png).decode(),
        "height": height,
        "width": width,
        "count": count,
        "columns": picture.columns,
        "gradient": gradient_css(picture.scale),
        "low": f"{picture.low:.2f}",
        "high": f"{picture.high:.2f}",
    }
