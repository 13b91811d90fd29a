"""The charts of a run, and which of its many points they draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from core.datasets import find_dataset
from core.errors import DatasetError
from core.families import config_of, find_family
from core.families.family import Chart
from core.settings import Settings
from core.store.metrics import FIRST_STEPS

if TYPE_CHECKING:
    from core.store import Run

MOST_POINTS = 500  # per line


def charts_of(settings: Settings, run: Run, measured: Callable[[], set[str]]) -> list[Chart]:
    """Return the charts of a run.

    Args:
        settings: Settings of this installation.
        run: A training run.
        measured: Returns the names of its metrics; asked if its data is not here, as they then say which charts it has.
    """
    family = find_family(str(run.family))
    try:
        spec, config = find_dataset(settings, run.dataset).spec, config_of(run)
    except DatasetError:
        names = set(run.progress.get("metrics", ())) or measured()
        return _with_points(family.charts_of(names), names)
    return [chart for chart in family.charts if chart.takes(config, spec)]


def _with_points(charts: Sequence[Chart], measured: set[str]) -> list[Chart]:
    """Return the charts that draw a measured metric which no chart before them draws."""
    left, drawn = set(measured), []
    for chart in charts:
        if not left.isdisjoint(chart.metrics):
            drawn.append(chart)
            left.difference_update(chart.metrics)
    return drawn


def stride_of(run: Run) -> int:
    """Return the distance between drawn steps that keeps a line at or below 500 points.

    It is a power of two, like the store's when it thins a long run.
    """
    stride = 1
    while run.progress.get("total_steps", 1) > stride * (MOST_POINTS - FIRST_STEPS):
        stride *= 2
    return stride
