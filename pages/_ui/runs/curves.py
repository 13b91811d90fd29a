"""Draw the curves of runs while their points arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from core.analysis.marks import Mark, marks_of
from core.errors import GlassboxError
from core.families import config_of
from core.families.charts import charts_of, stride_of
from core.families.family import Chart
from core.figures.colours import colours_of
from core.names import shortened
from core.runs.visible import dead_at
from core.steering.lineage import ancestors, steering_marks
from core.store import Run
from core.store.metrics import FIRST_STEPS, Point, StoredPoint
from pages._ui.components.charts.live_chart import FIRST_COLUMN, LineChart, RunLines, live_chart
from pages._ui.runs.metrics_cache import points_of
from pages._ui.shell import shell

MARKED = 50  # times in a run that its marks are looked for
AMONG_RESULTS = "results_curves"
LONGEST_NAME = 40  # characters of a run's name in the legend


class Cursor(NamedTuple):
    """The points of a run that the browser has been sent.

    Args:
        generation: Generation of the run.
        sent: Id of the last point sent.
        sure: Id of the last point sent before the latest update. Each update is sent twice, so that a lost one leaves
            no gap.
    """

    generation: int
    sent: int = 0
    sure: int = 0


def send_anew(key: str = "run_curves") -> None:
    """Send all points again: in a full run of the script the browser may have none."""
    st.session_state[_cursors_key(key)] = {}


def draw_curves(
    runs: Sequence[Run],
    *,
    metric: str = "",
    key: str = "run_curves",
    labels: Sequence[str] = (),
    sets: Sequence[str] = (),
    on_mark: Callable[[int], None] | None = None,
    leads_to: str = "",
    guesses: Mapping[str, float] | None = None,
) -> None:
    """Draw a line for each metric of each run; send only new points to the browser.

    Of a single run it tells what happened, and where.

    Args:
        runs: The runs. A metric that one lacks is drawn for the others. A run without a colour of its own
            has the next of 12, which repeat.
        metric: Draw only the charts of this metric; by default, all charts.
        key: Streamlit's key; call `send_anew` with the same key in each full run of the script.
        labels: A short name of each run for the legend; by default its own name.
        sets: The set of each run, whose runs are drawn as one mean; by default, each run has a line.
        on_mark: Is given the step of something that happened when it is clicked; None for no links.
        leads_to: Id of the element that such a click brings into sight.
        guesses: By metric, the last value that somebody expected.
    """
    has = {run.id: _charts_of(run, metric) for run in runs}
    charts = list(dict.fromkeys(chart for run in runs for chart in has[run.id]))
    known: Mapping[str, Cursor] = st.session_state[_cursors_key(key)]
    cursors, lines = {}, []
    colours = _colours(runs, sets)
    for index, run in enumerate(runs):
        names = [name if chart in has[run.id] else "" for chart in charts for name in chart.metrics]
        rows, cursors[run.id] = _new_rows(run, names, known.get(run.id))
        label = shortened(labels[index] if labels else run.name, LONGEST_NAME)
        lines.append(
            RunLines(
                run.id, run.generation, label, colours[index], rows, _examples(run, run.id), sets[index] if sets else ""
            )
        )
    st.session_state[_cursors_key(key)] = cursors
    marks = _marks(runs[0]) if len(runs) == 1 else []
    live_chart(
        _line_charts(charts, guesses or {}, _levels(runs[0]) if len(runs) == 1 else {}),
        lines,
        _drawn_steps(runs),
        key=key,
        marks=marks,
        on_mark=on_mark,
        leads_to=leads_to,
    )


def draw_all_curves(run: Run) -> None:
    """Draw the curves of a run that has ended, among its results; call it in a full run of the script."""
    send_anew(AMONG_RESULTS)
    draw_curves([run], key=AMONG_RESULTS)


def _colours(runs: Sequence[Run], sets: Sequence[str]) -> list[str]:
    """Return the colour of each run, or of its set, which is that of its first run."""
    if not sets:
        return colours_of([run.colour for run in runs])
    firsts = {name: run.colour for name, run in zip(reversed(sets), reversed(runs), strict=True)}
    names = list(dict.fromkeys(sets))
    of_set = dict(zip(names, colours_of([firsts[name] for name in names]), strict=True))
    return [of_set[name] for name in sets]


@st.cache_data(max_entries=1000, show_spinner=False)
def _examples(_run: Run, run_id: str) -> int:
    """Return the number of training examples of an epoch; 0 if unknown."""
    try:
        return config_of(_run).plan(shell.dataset(_run.dataset).spec).examples
    except GlassboxError:  # the data was deleted, or another version wrote the settings
        return 0


def _marks(run: Run) -> list[Mark]:
    done, total = run.progress.get("step", 0), run.progress.get("total_steps", 0)
    part = MARKED * done // total if total else 0
    done_by_hand = len(run.steered.changes)
    return _marks_at(run, run.id, run.generation, part, run.status.is_final, done_by_hand)


@st.cache_data(max_entries=100, show_spinner=False)
def _marks_at(_run: Run, run_id: str, generation: int, part: int, is_final: bool, changes: int) -> list[Mark]:
    """Return what happened; it reads all points of a run, so only once in a while."""
    points = points_of(run_id, generation).since(0)
    dead = {one.step: _dead_at(run_id, generation, one.step) for one in shell.store().metrics.snapshots(run_id)}
    config, before = config_of(_run), ancestors(shell.store(), _run)
    by_hand = steering_marks(_run, config, before[-1][0].name if before else "")
    found = [*marks_of(config, _run.progress.get("total_steps", 0), points, dead), *by_hand]
    return sorted(found, key=lambda mark: mark.step)


@st.cache_data(max_entries=2000, show_spinner=False)
def _dead_at(run_id: str, generation: int, step: int) -> dict[str, np.ndarray]:
    return dead_at(shell.store(), run_id, step)


def _charts_of(run: Run, metric: str) -> list[Chart]:
    def measured() -> set[str]:
        return {name for point in points_of(run.id, run.generation).since(0) for name in point.values}

    charts = charts_of(shell.store().settings, run, measured)
    return [chart for chart in charts if not metric or metric in chart.metrics]


def _levels(run: Run) -> Mapping[str, float]:
    """Return the numbers of a run before its first step, among them those of simple methods."""
    first = points_of(run.id, run.generation).since(0)[:1]
    return first[0].values if first else {}


def _line_charts(charts: Sequence[Chart], guesses: Mapping[str, float], known: Mapping[str, float]) -> list[LineChart]:
    drawn, column = [], FIRST_COLUMN
    for chart in charts:
        columns = list(range(column, column := column + len(chart.metrics)))
        sparse = [_is_sparse(name) for name in chart.metrics]
        levels = [("guess", guesses[chart.metrics[0]])] if chart.metrics[0] in guesses else []
        levels += [(words, known[name]) for name, words in chart.levels.items() if name in known]
        drawn.append(LineChart(chart.title, chart.unit, chart.names, columns, sparse, chart.digits, levels))
    return drawn


def _new_rows(run: Run, names: Sequence[str], known: Cursor | None) -> tuple[list[list[float | None]], Cursor]:
    """Return the rows that the browser may lack, and the new cursor; the name "" gives an empty column."""
    cursor = known if known is not None and known.generation == run.generation else Cursor(run.generation)
    stride = stride_of(run)
    before = [] if cursor.sure else _before(run, stride)
    points = points_of(run.id, run.generation).since(cursor.sure, stride=stride)
    rows = [
        [point.id, point.step, _epochs(run, point), point.wall_s, *(point.values.get(name) for name in names)]
        for point in [*before, *points]
        if point.step % stride == 0 or point.step <= FIRST_STEPS or any(map(_is_sparse, point.values))
    ]
    return rows, Cursor(run.generation, points[-1].id, cursor.sent) if points else cursor


def _before(run: Run, stride: int) -> list[StoredPoint]:
    """Return the points of the runs that it goes on from; their ids are lower, as they are older."""
    found, after = list[StoredPoint](), -1
    for other, last in ancestors(shell.store(), run):
        points = points_of(other.id, other.generation).since(0, stride=stride)
        found += [point for point in points if after < point.step <= last]
        after = last
    return found


def _is_sparse(metric: str) -> bool:
    """Return whether a metric is measured only at some steps."""
    return metric.startswith("val_")


def _epochs(run: Run, point: Point) -> float:
    """Return the epochs at a point, fractional if the run reports steps per epoch."""
    per_epoch = run.progress.get("steps_per_epoch")
    return point.step / per_epoch if per_epoch else point.epoch


def _drawn_steps(runs: Sequence[Run]) -> str:
    """Return which steps are drawn, in words."""
    longest = max(runs, key=stride_of)
    stride, total = stride_of(longest), longest.progress.get("total_steps", 0)
    if stride == 1:
        return "Every step is drawn."
    drawn = len({*range(1, min(FIRST_STEPS, total) + 1), *range(stride, total + 1, stride)})
    of_which = "" if len(runs) == 1 else " of the longest run"
    return f"One step in {stride}{of_which} is drawn: {drawn:,} of {total:,}."


def _cursors_key(key: str) -> str:
    return f"_cursors_{key}"
