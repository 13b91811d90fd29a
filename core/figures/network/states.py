"""What the layers of a sequence network say at every step, as pictures: a row for each unit, a column for each step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.datasets.spec import DataSpec
from core.figures.pictures import Picture, colour, to_png


def draw_states(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each array (units, steps, 1) on a scale of its own: blue is negative, orange positive."""
    return [_states(name.rsplit("/", 1)[-1], array[..., 0]) for name, array in arrays.items()]


def _states(layer: str, states: np.ndarray) -> Picture:
    states = np.nan_to_num(states, posinf=0, neginf=0)
    limit = float(np.abs(states).max()) or 1.0
    height, width = states.shape
    title = f"{layer}: {height} units at {width} steps"
    alt = f"{title}; blue is negative, orange positive"
    png = to_png(colour(states, "diverging", -limit, limit))
    return Picture(title, png, width, height, alt, "diverging", -limit, limit, 1)
