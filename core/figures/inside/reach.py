"""How far back a network looks, and how well it answers beyond the length that it learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import QUIET, RUNS, SERIES

HEIGHT = 260
FLOOR, TOP = -9.0, 1.0  # powers of ten; one scale for all, so that networks can be compared
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
MARKS = ("circle", "square", "diamond", "cross")


def draw_reach(reach: np.ndarray, moments: Sequence[int]) -> go.Figure:
    """Draw the length of the gradient by distance, a line for each moment.

    Args:
        reach: (moments, steps), NaN where nothing is known.
        moments: Steps of the training.
    """
    figure = go.Figure()
    for place, (line, moment) in enumerate(zip(reach, moments, strict=True)):
        name = f"after {moment:,}" if moment else "before training"
        figure.add_scatter(
            x=np.arange(len(line)),
            y=np.maximum(line, 10**FLOOR),
            mode="lines",
            name=name,
            line={"color": SERIES[place % len(SERIES)], "width": 2.2, "dash": DASHES[place % len(DASHES)]},
            hovertemplate="%{x} steps before: %{y:.2g}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 58, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        showlegend=True,
    )
    figure.update_xaxes(title_text="k, steps before the end")
    return figure.update_yaxes(
        title_text="size of the gradient", type="log", exponentformat="power", dtick=2, range=[FLOOR, TOP]
    )


def draw_lengths(
    lengths: Sequence[int], measured: Mapping[str, np.ndarray], simplest: np.ndarray, usual: int, title: str
) -> go.Figure:
    """Draw a measure over the length of the sequences, a line for each run.

    Args:
        lengths: Steps.
        measured: Name of a run -> its measure at each length.
        simplest: The measure of the simplest guess.
        usual: The length that was learned.
        title: What is measured.
    """
    figure = go.Figure()
    for place, (name, line) in enumerate(measured.items()):
        figure.add_scatter(
            x=list(lengths),
            y=line,
            mode="lines+markers",
            name=name,
            line={"color": RUNS[place % len(RUNS)], "width": 2.2},
            marker={"symbol": MARKS[place % len(MARKS)], "size": 8},
        )
    figure.add_scatter(
        x=list(lengths), y=simplest, mode="lines", name="simplest guess", line={"color": QUIET, "dash": "dot"}
    )
    figure.add_vline(x=usual, line={"color": QUIET, "width": 1}, annotation_text="learned")
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 58, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "y": 1.06, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
        showlegend=True,
    )
    figure.update_xaxes(title_text="steps of a sequence")
    return figure.update_yaxes(title_text=title, rangemode="tozero")
