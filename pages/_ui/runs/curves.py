"""The curves of runs, drawn as their points come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from core.families import config_of, find_family
from core.families.family import Chart
from core.names import shortened
from core.store import Run
from core.store.metrics import FIRST_STEPS, Point
from pages._ui.components.charts.live_chart import FIRST_COLUMN, LineChart, RunLines, live_chart
from pages._ui.runs.metrics_cache import points_of
from pages._ui.shell import shell

MOST_POINTS = 500  # a line
LONGEST_NAME = 40  # characters of a run's name in the legend
# Of runs side by side, in their order; told apart on the light theme and on the dark one.
COLORS = (
    *("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9"),
    *("#9467BD", "#8C7A4B", "#7F8A96", "#B5A900", "#17A2A2", "#E0527A"),
)


class Cursor(NamedTuple):
    """Which points of a run the browser has been sent.

    Args:
        generation: Of the run.
        sent: Id of the last one.
        sure: Id of the last one but for those of the last update: if that was lost on the way, no gap is left, since
            it is sent once more.
    """

    generation: int
    sent: int = 0
    sure: int = 0


def send_anew(key: str = "run_curves") -> None:
    """Let everything be sent: in a full run of the script the browser may have nothing yet."""
    st.session_state[_cursors_key(key)] = {}


def draw_curves(runs: Sequence[Run], *, metric: str = "", key: str = "run_curves") -> None:
    """Draw a line for each metric of each run; the browser is sent what is new only.

    Args:
        runs: Whose curves; what is not measured in one is drawn of the others. At most 12 have different colours.
        metric: Draw only the charts of this one; by default all that any of the runs has.
        key: Streamlit's key; `send_anew` is called with the same one in each full run of the script.
    """
    has = {run.id: _charts_of(run, metric) for run in runs}
    charts = list(dict.fromkeys(chart for run in runs for chart in has[run.id]))
    known: Mapping[str, Cursor] = st.session_state[_cursors_key(key)]
    cursors, lines = {}, []
    for index, run in enumerate(runs):
        names = [name if chart in has[run.id] else "" for chart in charts for name in chart.metrics]
        rows, cursors[run.id] = _new_rows(run, names, known.get(run.id))
        label, color = shortened(run.name, LONGEST_NAME), COLORS[index % len(COLORS)]
        lines.append(RunLines(run.id, run.generation, label, color, rows))
    st.session_state[_cursors_key(key)] = cursors
    live_chart(_line_charts(charts), lines, _drawn_steps(runs), key=key)


def _charts_of(run: Run, metric: str) -> list[Chart]:
    family, spec = find_family(str(run.family)), shell.dataset(run.dataset).spec
    config = config_of(run)
    return [chart for chart in family.charts if chart.takes(config, spec) and (not metric or metric in chart.metrics)]


def _line_charts(charts: Sequence[Chart]) -> list[LineChart]:
    drawn, column = [], FIRST_COLUMN
    for chart in charts:
        columns = list(range(column, column := column + len(chart.metrics)))
        sparse = [_is_sparse(name) for name in chart.metrics]
        drawn.append(LineChart(chart.title, chart.unit, chart.names, columns, sparse, chart.digits))
    return drawn


def _new_rows(run: Run, names: Sequence[str], known: Cursor | None) -> tuple[list[list[float | None]], Cursor]:
    """Return the rows of a run that the browser may lack, and where they end; "" names a column without values."""
    cursor = known if known is not None and known.generation == run.generation else Cursor(run.generation)
    points, stride = points_of(run.id, run.generation).since(cursor.sure), stride_of(run)
    rows = [
        [point.id, point.step, _epochs(run, point), point.wall_s, *(point.values.get(name) for name in names)]
        for point in points
        if point.step % stride == 0 or point.step <= FIRST_STEPS or any(map(_is_sparse, point.values))
    ]
    return rows, Cursor(run.generation, points[-1].id, cursor.sent) if points else cursor


def _is_sparse(metric: str) -> bool:
    """Return whether a metric is measured now and then, not at each update."""
    return metric.startswith("val_")


def _epochs(run: Run, point: Point) -> float:
    """Return how many epochs a point has seen, in parts too where a run has said how long they are."""
    per_epoch = run.progress.get("steps_per_epoch")
    return point.step / per_epoch if per_epoch else point.epoch


def _drawn_steps(runs: Sequence[Run]) -> str:
    """Say which steps are drawn."""
    longest = max(runs, key=stride_of)
    stride, total = stride_of(longest), longest.progress.get("total_steps", 0)
    if stride == 1:
        return "Every step is drawn."
    drawn = len({*range(1, min(FIRST_STEPS, total) + 1), *range(stride, total + 1, stride)})
    of_which = "" if len(runs) == 1 else " of the longest run"
    return f"One step in {stride}{of_which} is drawn: {drawn:,} of {total:,}."


def stride_of(run: Run) -> int:
    """Return which steps are drawn, so that a line has at most 500 points.

    A power of two, as the store's own is when it thins a long run.
    """
    stride = 1
    while run.progress.get("total_steps", 1) > stride * (MOST_POINTS - FIRST_STEPS):
        stride *= 2
    return stride


def _cursors_key(key: str) -> str:
    return f"_cursors_{key}"
