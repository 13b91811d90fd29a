"""The curves of runs as live charts."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.export.report import page
from core.families.charts import charts_of, stride_of
from core.families.family import Chart
from core.figures.colours import SERIES, colours_of
from core.store import Run, Store
from core.store.metrics import Point

HEIGHT = 320
DASHES = ("solid", "dash", "dot")  # of the metrics of several runs; of one run, they have colours
FEW = 20  # up to this many points get markers: a single point has no line
_BUTTONS = """<div class="axes" role="group" aria-label="Horizontal axis">
<button type="button" value="step" aria-pressed="true">Steps</button>
<button type="button" value="epoch" aria-pressed="false">Epochs</button>
<button type="button" value="seconds" aria-pressed="false">Seconds</button></div>
"""


def curves(store: Store, runs: Sequence[Run], names: Sequence[str] = ()) -> str:
    """Return a chart for each kind of metric, with a line for each metric of each run.

    Args:
        store: Store of the runs.
        runs: The runs, at most 12.
        names: A short name of each, for the legend; empty for a single run.
    """
    points = [_drawn(store, run) for run in runs]
    charts = dict.fromkeys(one for run, known in zip(runs, points, strict=True) for one in _charts(store, run, known))
    shown, colours = [], colours_of([run.colour for run in runs])
    for chart in charts:
        figure = go.Figure()
        for place, (run, known) in enumerate(zip(runs, points, strict=True)):
            _add_lines(figure, chart, run, known, colours[place], names[place] if names else "")
        if figure.data:
            shown.append(page.chart(_laid_out(figure, chart), _alt(figure, chart), chart.title))
    if not shown:
        return page.paragraph("Nothing was measured.", "quiet")
    which = max(stride_of(run) for run in runs)
    said = "Every step is drawn" if which == 1 else f"One step in {which:,} is drawn"
    drawn = f'<div class="plots">{"".join(shown)}</div>\n'
    return _BUTTONS + drawn + page.paragraph(f"{said}: raw numbers, no smoothing.", "quiet")


def _charts(store: Store, run: Run, known: Sequence[Point]) -> list[Chart]:
    return charts_of(store.settings, run, lambda: {name for point in known for name in point.values})


def _drawn(store: Store, run: Run) -> list[Point]:
    return list(store.metrics.since(run.id, stride=stride_of(run)))


def _add_lines(figure: go.Figure, chart: Chart, run: Run, points: Sequence[Point], own: str, letter: str) -> None:
    for number, (metric, name) in enumerate(zip(chart.metrics, chart.names, strict=True)):
        known = [point for point in points if metric in point.values]
        if not known:
            continue
        colour = own if letter else SERIES[number % len(SERIES)]
        figure.add_scatter(
            name=f"{letter} {name}".strip(),
            x=[point.step for point in known],
            y=[point.values[metric] for point in known],
            mode="lines+markers" if len(known) <= FEW else "lines",
            line={"color": colour, "width": 1.8, "dash": DASHES[number % len(DASHES)]},
            meta=_axes(run, known),
            hovertemplate=f"%{{x}}: %{{y:{chart.digits}}}",
        )


def _axes(run: Run, points: Sequence[Point]) -> dict[str, list[float]]:
    """Return the places of points on each horizontal axis that the reader can choose."""
    per_epoch = run.progress.get("steps_per_epoch")
    return {
        "step": [point.step for point in points],
        "epoch": [round(point.step / per_epoch, 4) if per_epoch else point.epoch for point in points],
        "seconds": [round(point.wall_s, 3) for point in points],
    }


def _laid_out(figure: go.Figure, chart: Chart) -> go.Figure:
    figure.update_xaxes(title_text="step (update)", zeroline=False)
    figure.update_yaxes(title_text=chart.unit, tickformat=chart.digits, zeroline=False)
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 56, "r": 12, "t": 12, "b": 48},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        showlegend=True,
    )


def _alt(figure: go.Figure, chart: Chart) -> str:
    ends = "; ".join(f"{line.name} ends at {line.y[-1]:.4g}" for line in figure.data)
    return f"{chart.title} over the steps of training: {ends}"
