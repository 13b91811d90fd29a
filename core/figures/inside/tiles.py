"""What layers make of an example as tiles for the browser, each rounded to bytes on a scale of its own."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

SIDE = 28  # pixels of a tile in an overview
MOST_TILES = 1024  # of a layer


def packed(layers: Mapping[str, np.ndarray], sides: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Return layers as JSON.

    Args:
        layers: float (h, w, channels) or (units,) by name.
        sides: Pixels of the longest side by name, where it is not `SIDE`; larger maps are made smaller.

    Returns:
        `layers`: by name where its `bytes` begin (`at`) and its scales (`first`), how many tiles (`count`) of how
        many (`total`), their height and width; `bytes`: uint8 of all tiles, base64; `scales`: float32 (tiles, 2), what
        0 and 255 mean in a tile, base64. A unit is a tile of one pixel, so its value is exact.
    """
    at = first = 0
    found, parts, scales = {}, [], []
    for name, values in layers.items():
        tiles = _smaller(_tiles(values)[:MOST_TILES], (sides or {}).get(name, SIDE))
        levels, scale = _rounded(tiles)
        count, high, wide = tiles.shape
        found[name] = {"at": at, "first": first, "count": count, "total": values.shape[-1], "high": high, "wide": wide}
        at, first = at + tiles.size, first + count
        parts.append(levels)
        scales.append(scale)
    return {"layers": found, "bytes": _text(b"".join(map(np.ndarray.tobytes, parts))), "scales": packed_floats(*scales)}


def packed_floats(*arrays: np.ndarray) -> str:
    """Return numbers as base64 of float32, one array after the other; those too large for it are infinite."""
    with np.errstate(over="ignore"):
        return _text(b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _tiles(values: np.ndarray) -> np.ndarray:
    finite = np.nan_to_num(np.asarray(values, np.float32), posinf=0, neginf=0)
    tiles: np.ndarray = np.moveaxis(finite, -1, 0) if finite.ndim == 3 else finite[:, None, None]
    return tiles


def _smaller(tiles: np.ndarray, side: int) -> np.ndarray:
    """Return means of squares of pixels, so many that no side is longer."""
    step = -(-max(tiles.shape[1:]) // side)
    if step == 1:
        return tiles
    rows = np.add.reduceat(tiles, np.arange(0, tiles.shape[1], step), axis=1)
    sums = np.add.reduceat(rows, np.arange(0, tiles.shape[2], step), axis=2)
    counts = [np.diff([*range(0, length, step), length]) for length in tiles.shape[1:]]
    means: np.ndarray = sums / np.outer(*counts)
    return means


def _rounded(tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uint8 levels, and what 0 and 255 mean: float32 (tiles, 2)."""
    low, high = tiles.min(axis=(1, 2)), tiles.max(axis=(1, 2))
    span = np.where(high > low, high - low, 1)[:, None, None]
    levels = ((tiles - low[:, None, None]) / span * 255).round().astype(np.uint8)
    return levels, np.stack([low, high], axis=1)
