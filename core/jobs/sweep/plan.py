"""The runs of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.config import Config
from core.errors import ConfigError
from core.jobs.sweep.axes import grid_size, read_axes
from core.jobs.sweep.study import draw_all, draw_random

LEAST, MOST = 2, 64  # runs


def plan_sweep(config: Config, over: Sequence[str], trials: int | None = None, seed: int = 0) -> list[Config]:
    """Return the settings of each run of a sweep, all different, in random order.

    Args:
        config: The settings that it starts from.
        over: What to try of one or two settings, as `read_axes` reads it.
        trials: Number of runs: drawn at random from ranges that do not say how many values they have, otherwise that
            many of all combinations; None for every combination.
        seed: Seed of the order and of what is drawn.

    Raises:
        ConfigError: A text cannot be read, or there are too few or too many runs.
    """
    axes = read_axes(config, over)
    is_open = trials is not None and any(axis.range for axis in axes)
    size = grid_size(axes)
    count = size if trials is None else trials
    if not LEAST <= count <= MOST or not (is_open or count <= size):
        most = MOST if is_open or trials is None else min(MOST, size)
        fix = "Try fewer values, or say how many runs to draw." if trials is None else ""
        expected = f"{LEAST} to {most} runs"
        raise ConfigError("this sweep has the wrong size", expected=expected, received=str(count), fix=fix)
    found = draw_random(config, axes, count, seed) if is_open else draw_all(axes, seed)[:count]
    if len(found) < count:
        raise ConfigError("these ranges hold too few different values", received=f"{len(found)} of {count} runs")
    return [replace(config, **values) for values in found]
