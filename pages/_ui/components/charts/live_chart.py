"""Line charts of one run or several that take new points as they come and keep their zoom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pages._ui.components import component

FIRST_COLUMN = 4  # of a row that is a metric

_component = component("charts/live_chart", "<div class='charts' role='group'></div>", "charts/plotly")


@dataclass(frozen=True)
class LineChart:
    """A chart with a line for each metric of each run.

    Args:
        title, unit: Of what it draws.
        names: Of its metrics.
        columns: Where each stands in a row.
        sparse: Whether each is measured now and then only.
        digits: How its numbers are written, as d3-format has it.
    """

    title: str
    unit: str
    names: Sequence[str]
    columns: Sequence[int]
    sparse: Sequence[bool]
    digits: str


@dataclass(frozen=True)
class RunLines:
    """The lines of one run.

    Args:
        id: The run's.
        generation: Another one makes its lines start anew.
        label: What the run is called, where there are several.
        color: Of its lines, where there are several.
        rows: New points, oldest first: id, step, epoch (2.5 is in the midst of the third), seconds, then values, None
            where there is none. Rows that the browser has already are ignored.
    """

    id: str
    generation: int
    label: str
    color: str
    rows: Sequence[Sequence[float | None]]


def live_chart(charts: Sequence[LineChart], runs: Sequence[RunLines], note: str, *, key: str) -> None:
    """Draw charts; the browser keeps what it was sent before, and how it is looked at.

    Of one run each metric has a color; of several each run has one, and its metrics differ in their dashes.

    Args:
        charts: What is drawn.
        runs: Whose lines.
        note: Which of the points these are; whether they are smoothed is chosen, and said, in the browser.
        key: Streamlit's key.
    """
    data = {"charts": [vars(chart) for chart in charts], "runs": [vars(run) for run in runs], "note": note}
    _component(key=key, data=data, height="content")


def preload() -> None:
    """Let the browser load the chart library before there is anything to draw."""
    live_chart([], [], "", key="preload_charts")
