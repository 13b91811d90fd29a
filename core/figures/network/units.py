"""What the units of a dense layer weigh, as a sheet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.datasets.spec import DataSpec
from core.figures.pictures import Picture, colour, to_png

MOST_COLUMNS = 64


def draw_weights(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw weights (inputs, units) as a sheet of squares: blue is negative, orange positive."""
    return [_weights(_layer(name), array) for name, array in arrays.items()]


def _layer(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _weights(layer: str, weights: np.ndarray) -> Picture:
    shown = weights[:, :MOST_COLUMNS]
    limit = float(np.abs(weights).max()) or 1.0
    part = f", the first {MOST_COLUMNS} units" if weights.shape[1] > MOST_COLUMNS else ""
    title = f"{layer}: {weights.shape[0]} inputs to {weights.shape[1]} units{part}"
    height, width = shown.shape
    alt = f"{title}; blue is negative, orange positive"
    return Picture(
        title, to_png(colour(shown, "diverging", -limit, limit)), width, height, alt, "diverging", -limit, limit, 1
    )
