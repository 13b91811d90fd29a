"""Curves of runs, drawn from what was read of them."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.colours import SERIES
from core.figures.names import as_text
from core.runs.notebook.curves import Curves, Line

HEIGHT = 320
DASHES = ("solid", "dash", "dot")  # of the metrics of several runs; of one run, they have colours
FEW = 20  # up to this many points get markers: a single point has no line


def draw_curves(drawn: Curves, colours: Sequence[str], names: Sequence[str] = (), height: int = HEIGHT) -> go.Figure:
    """Draw a chart over the steps of training; `meta` of each line has its other axes.

    Args:
        drawn: The chart.
        colours: The colour of each run.
        names: A short name of each run, for the legend; empty for a single run, whose metrics have colours.
        height: In CSS pixels.
    """
    figure = go.Figure()
    for line in drawn.lines:
        _add(figure, drawn, line, colours, names)
    figure.update_xaxes(title_text="step (update)", zeroline=False)
    figure.update_yaxes(title_text=as_text(drawn.unit), tickformat=drawn.digits, zeroline=False)
    return figure.update_layout(
        height=height,
        margin={"l": 56, "r": 12, "t": 12, "b": 48},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
        showlegend=True,
    )


def _add(figure: go.Figure, drawn: Curves, line: Line, colours: Sequence[str], names: Sequence[str]) -> None:
    name = f"{names[line.run]} {line.name}" if names else line.name
    colour = colours[line.run] if names else SERIES[line.metric % len(SERIES)]
    figure.add_scatter(
        name=as_text(name),
        x=line.steps,
        y=line.values,
        mode="lines+markers" if len(line.steps) <= FEW else "lines",
        line={"color": colour, "width": 1.8, "dash": DASHES[line.metric % len(DASHES)]},
        meta={"step": line.steps, "epoch": line.epochs, "seconds": line.seconds},
        hovertemplate=f"%{{x}}: %{{y:{drawn.digits}}}",
    )


def described(drawn: Curves, names: Sequence[str] = ()) -> str:
    """Return what a chart shows, for screen readers."""
    ends = "; ".join(
        f"{names[line.run]} {line.name} ends at {line.values[-1]:.4g}"
        if names
        else f"{line.name} ends at {line.values[-1]:.4g}"
        for line in drawn.lines
    )
    return f"{drawn.title} over the steps of training: {ends}"
