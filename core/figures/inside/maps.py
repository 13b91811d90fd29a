"""All maps of a layer in one picture."""

from __future__ import annotations

import math

import numpy as np

from core.figures.network.tiles import sheet
from core.figures.pictures import colour, to_png


def maps_png(maps: np.ndarray) -> bytes:
    """Draw maps (h, w, n) on one scale as a PNG file, a pixel for each value, about as wide as high.

    Yellow is the highest value; if some are negative, blue is negative and orange positive.
    """
    tiles = np.moveaxis(np.nan_to_num(maps.astype(np.float32)), -1, 0)
    count, height, width = tiles.shape
    values = sheet(tiles, max(1, math.ceil(math.sqrt(count * (height + 1) / (width + 1)))))
    low, high = float(tiles.min()), float(tiles.max())
    if low < 0:
        most = max(-low, high)
        return to_png(colour(values, "diverging", -most, most))
    return to_png(colour(values, "sequential", 0.0, high or 1.0))
