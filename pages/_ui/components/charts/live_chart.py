"""Live line charts of one or several runs, which add new points and keep their zoom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core.analysis.marks import Mark
from core.figures.colours import SERIES
from pages._ui.components import component

FIRST_COLUMN = 4  # index of a row's first metric

_component = component("charts/live_chart", "<div class='charts' role='group'></div>", "charts/plotly")


@dataclass(frozen=True)
class LineChart:
    """A chart with a line for each metric of each run.

    Args:
        title, unit: Of the chart.
        names: Names of its metrics.
        columns: Index of each metric in a row.
        sparse: Whether each metric is measured only at some steps.
        digits: Format of its numbers, as a d3-format specifier.
        levels: (words, value) of each dotted line across: what somebody expected, or what simple methods reach.
    """

    title: str
    unit: str
    names: Sequence[str]
    columns: Sequence[int]
    sparse: Sequence[bool]
    digits: str
    levels: Sequence[tuple[str, float]] = ()


@dataclass(frozen=True)
class RunLines:
    """The lines of one run.

    Args:
        id: Id of the run.
        generation: A new one restarts its lines.
        label: Name of the run, shown if there are several.
        color: CSS colour of its lines, used if there are several.
        rows: New points, oldest first: id, step, epoch (2.5 is halfway through the third), seconds, then values, None
            if missing. The browser ignores rows that it already has.
        examples: Training examples of an epoch; 0 if unknown.
        set: Runs of the same set are drawn as their mean and a band from the lowest to the highest, with the label and
            colour of the first; "" for a line of its own.
    """

    id: str
    generation: int
    label: str
    color: str
    rows: Sequence[Sequence[float | None]]
    examples: float = 0.0
    set: str = ""


def live_chart(
    charts: Sequence[LineChart],
    runs: Sequence[RunLines],
    note: str,
    *,
    key: str,
    marks: Sequence[Mark] = (),
    on_mark: Callable[[int], None] | None = None,
    leads_to: str = "",
) -> None:
    """Draw charts; the browser keeps earlier points and the visitor's choices.

    For one run, each metric has a colour; for several, each run has one, and metrics differ by their dashes. A zoom of
    one chart is that of all, and what is pointed at in one is named in the others.

    Args:
        charts: The charts.
        runs: The runs with their new points.
        note: Which of the points are drawn; smoothing is chosen, and noted, in the browser.
        key: Streamlit's key.
        marks: What happened to the one run, numbered in its charts and listed below them.
        on_mark: Is given the step of the mark that was clicked; None lists them without links.
        leads_to: Id of the element that a click brings into sight.
    """

    def chosen() -> None:
        marked = st.session_state.get(key, {}).get("marked")
        if marked and on_mark:
            on_mark(int(marked[0]))

    drawn = [{**vars(chart), "colors": SERIES[: len(chart.columns)]} for chart in charts]
    told = {"marks": [vars(mark) for mark in marks], "areLinks": on_mark is not None, "leadsTo": leads_to}
    data = {"charts": drawn, "runs": [vars(run) for run in runs], "note": note, **told}
    _component(key=key, data=data, on_marked_change=chosen, height="content")


def preload() -> None:
    """Make the browser load the chart library in advance."""
    live_chart([], [], "", key="preload_charts")
