"""The curves of runs as data that can be drawn, or kept for later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.families.charts import charts_of, stride_of
from core.families.family import Chart
from core.store import Run, Store
from core.store.metrics import Point


@dataclass(frozen=True)
class Line:
    """A metric of a run.

    Args:
        run: Place of the run among those drawn.
        metric: Place of the metric in its chart.
        name: Of the metric, for a legend.
        steps, epochs, seconds: Places of its points on each horizontal axis.
        values: Their values.
    """

    run: int
    metric: int
    name: str
    steps: list[int]
    epochs: list[float]
    seconds: list[float]
    values: list[float]


@dataclass(frozen=True)
class Curves:
    """A chart with its lines.

    Args:
        title, unit: Of the chart.
        digits: Number format of its values in d3-format syntax.
        lines: Its lines; at least one.
    """

    title: str
    unit: str
    digits: str
    lines: tuple[Line, ...]


def read_curves(store: Store, runs: Sequence[Run], most: int | None = None) -> tuple[Curves, ...]:
    """Return a chart for each kind of metric, with a line for each metric of each run.

    Args:
        store: Store of the runs.
        runs: The runs.
        most: Points of a line, evenly spread with the first and the last; by default, as many as are drawn live.
    """
    points = [list(store.metrics.since(run.id, stride=stride_of(run))) for run in runs]
    charts = dict.fromkeys(one for run, known in zip(runs, points, strict=True) for one in _charts(store, run, known))
    found = (Curves(one.title, one.unit, one.digits, _lines(one, runs, points, most)) for one in charts)
    return tuple(chart for chart in found if chart.lines)


def _charts(store: Store, run: Run, known: Sequence[Point]) -> list[Chart]:
    return charts_of(store.settings, run, lambda: {name for point in known for name in point.values})


def _lines(chart: Chart, runs: Sequence[Run], points: Sequence[Sequence[Point]], most: int | None) -> tuple[Line, ...]:
    found = []
    for place, (run, known) in enumerate(zip(runs, points, strict=True)):
        for number, (metric, name) in enumerate(zip(chart.metrics, chart.names, strict=True)):
            if those := _thinned([point for point in known if metric in point.values], most):
                found.append(_line(run, place, number, name, those, metric))
    return tuple(found)


def _thinned(points: Sequence[Point], most: int | None) -> Sequence[Point]:
    if most is None or len(points) <= most:
        return points
    return [points[round(place * (len(points) - 1) / (most - 1))] for place in range(most)]


def _line(run: Run, place: int, number: int, name: str, points: Sequence[Point], metric: str) -> Line:
    per_epoch = run.progress.get("steps_per_epoch")
    return Line(
        place,
        number,
        name,
        [point.step for point in points],
        [round(point.step / per_epoch, 4) if per_epoch else point.epoch for point in points],
        [round(point.wall_s, 3) for point in points],
        [point.values[metric] for point in points],
    )
