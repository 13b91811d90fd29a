"""Draw dense layers: outputs as bars, weights as a sheet."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.figures.bars import draw_bars
from core.figures.pictures import Picture, colour, to_png

MOST_COLUMNS = 64


def draw_units(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each layer's outputs (units,) as bars."""
    return [draw_bars(f"{_layer(name)}: {len(array)} units", array) for name, array in arrays.items()]


def draw_weights(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw weights (inputs, units) as a sheet of squares: blue is negative, orange positive."""
    return [_weights(_layer(name), array) for name, array in arrays.items()]


def draw_number(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw a prediction (1,) on the target's usual range."""
    return [_number(float(array[0]), spec.target) for array in arrays.values() if isinstance(spec.target, Number)]


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


def _number(said: float, target: Number) -> Picture:
    low, high = target.mean - 2 * target.spread, target.mean + 2 * target.spread
    steps = np.linspace(low, high, 61)
    at = int(np.abs(steps - said).argmin())
    row = np.where(np.abs(np.arange(61) - at) < 1, np.nan, steps)[None].repeat(4, 0)
    title = f"It says {said:.4g} {target.unit}".rstrip()
    alt = f"{title}; the gap marks its place between {low:.4g} and {high:.4g}"
    return Picture(title, to_png(colour(row, "sequential", low, high)), 61, 4, alt, "sequential", low, high, 1)
