"""Plotly figures of runs over their settings, costs and results."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import QUIET
from core.figures.evaluation import LAYOUT
from core.figures.group.lines import log_ticks
from core.figures.names import as_text
from core.names import shortened
from core.runs.comparison.axes import Axis

LONGEST = 24  # characters of an option on an axis
LABELLED = 12  # runs whose letters are written beside their dots
LEVEL = 4  # axes whose labels have room beside each other
EDGE = 0.2  # share of the width beside an edge
LINE = 10  # characters of a line of an axis's label
TICKS = 5  # of a number, on one of many axes


def draw_trade_off(
    across: Axis, up: Axis, names: Sequence[str], colours: Sequence[str], front: Sequence[int] = ()
) -> go.Figure:
    """Draw a dot for each run that has both values, and the line through those that no other run beats.

    Args:
        across, up: What the axes show.
        names: What each run is called.
        colours: The colour of each.
        front: Places of the runs on the Pareto front, the cheapest first.
    """
    figure = go.Figure()
    if front:
        figure.add_scatter(
            name="Pareto front",
            x=[across.values[place] for place in front],
            y=[up.values[place] for place in front],
            mode="lines",
            line={"color": QUIET, "width": 2, "dash": "dash", "shape": "hv"},
            hoverinfo="skip",
        )
    heights, _ = _places(across)
    for place, (name, colour) in enumerate(zip(names, colours, strict=True)):
        if across.values[place] is None or up.values[place] is None:
            continue
        is_best = place in front
        figure.add_scatter(
            name=as_text(name),
            x=[_shown(across.values[place])],
            y=[_shown(up.values[place])],
            mode="markers+text" if len(names) <= LABELLED else "markers",
            text=[as_text(name)],
            textposition=_inwards(heights[place]),
            marker={"color": colour, "size": 14 if is_best else 11, "symbol": "diamond" if is_best else "circle"},
            hovertext=f"{as_text(name)}: {as_text(across.said(place))}, {as_text(up.said(place))}",
            hoverinfo="text",
            showlegend=False,
            cliponaxis=False,
        )
    return figure.update_layout(LAYOUT).update_xaxes(_scale(across)).update_yaxes(_scale(up))


def _inwards(height: float | None) -> str:
    """Return where a dot's text stands, so that it is not cut at an edge; its place across is 0 to 1."""
    if height is None or EDGE <= height <= 1 - EDGE:
        return "top center"
    return "top right" if height < EDGE else "top left"


def draw_parallel(axes: Sequence[Axis], names: Sequence[str], colours: Sequence[str]) -> go.Figure:
    """Draw each run as a line through its value on every axis, in its own colour; a gap where it has none.

    Args:
        axes: The axes, from left to right; each goes from its smallest to its largest value.
        names: What each run is called.
        colours: The colour of each.
    """
    places = [_places(axis) for axis in axes]
    figure = go.Figure()
    for run, (name, colour) in enumerate(zip(names, colours, strict=True)):
        told = [f"{as_text(axis.label)}: {as_text(axis.said(run))}" for axis in axes]
        figure.add_scatter(
            name=as_text(name),
            x=list(range(len(axes))),
            y=[heights[run] for heights, _ in places],
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"color": colour, "size": 8},
            text=[f"<b>{as_text(name)}</b><br>{one}" for one in told],
            hoverinfo="text",
            showlegend=False,
            cliponaxis=False,
        )
    angle = -30 if len(axes) > LEVEL else 0
    for at, (_, ticks) in enumerate(places):
        label = shortened(axes[at].label, LONGEST)
        lines = [label] if angle else textwrap.wrap(label, LINE, break_long_words=False)
        _axis(figure, at, "<br>".join(map(as_text, lines)), ticks, angle)
    margin = {"l": 70, "r": 60, "t": 110 if angle else 80, "b": 12}
    figure.update_layout(LAYOUT, margin=margin, height=400, hovermode="closest")
    hidden = {"visible": False, "fixedrange": True}
    return figure.update_xaxes(range=[-0.05, len(axes) - 0.75], **hidden).update_yaxes(range=[-0.06, 1.06], **hidden)


def _axis(figure: go.Figure, at: int, label: str, ticks: Sequence[tuple[float, str]], angle: float) -> None:
    figure.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, line={"color": QUIET, "width": 1})
    figure.add_annotation(x=at, y=1.06, text=label, yanchor="bottom", showarrow=False, textangle=angle, **_from(angle))
    for height, text in ticks:
        figure.add_annotation(x=at, y=height, text=text, xanchor="right", xshift=-8, showarrow=False)


def _from(angle: float) -> dict[str, str]:
    """Return where a label begins: at its axis if it is slanted, so that it ends before the edge."""
    return {"xanchor": "left"} if angle else {}


def _places(axis: Axis) -> tuple[list[float | None], list[tuple[float, str]]]:
    """Return the height of each run on an axis, 0 to 1, and its ticks as (height, text)."""
    if not axis.is_numeric:
        options = list(dict.fromkeys(str(value) for value in axis.values if value is not None))
        heights = dict(zip(options, np.linspace(0, 1, len(options)) if len(options) > 1 else [0.5], strict=True))
        found = [None if value is None else float(heights[str(value)]) for value in axis.values]
        return found, [(float(height), as_text(option, LONGEST)) for option, height in heights.items()]
    known = sorted({value for value in axis.numbers if value is not None})
    scale = np.log if axis.is_log else np.asarray
    low, high = (float(scale(end)) for end in (known[0], known[-1]))

    def height(value: float) -> float:
        return (float(scale(value)) - low) / (high - low) if high > low else 0.5

    ticks = known if len(known) <= TICKS else [known[0], known[-1]]
    shown = [None if value is None else height(value) for value in axis.numbers]
    return shown, [(height(value), as_text(axis.say(value), LONGEST)) for value in ticks]


def _shown(value: float | str | None) -> float | str | None:
    return as_text(value, LONGEST) if isinstance(value, str) else value


def _scale(axis: Axis) -> dict[str, object]:
    """Return the look of a scatter's axis."""
    look: dict[str, object] = {"title": as_text(axis.label), "zeroline": False}
    if not axis.is_numeric:
        return {**look, "type": "category"}
    if not axis.is_log:
        return look | ({"tickformat": f".{_decimals(axis)}%"} if axis.say(1).endswith("%") else {})
    known = [value for value in axis.numbers if value is not None]
    room = 0.06 * np.array([-1, 1]) * max(0.1, np.ptp(np.log10(known)))
    ends = [float(end) for end in np.log10([min(known), max(known)]) + room]
    return {**look, "type": "log", "range": ends, **log_ticks(min(known), max(known), axis.say)}


def _decimals(axis: Axis) -> int:
    """Return the decimals that tell the ticks of shares apart, in percent."""
    known = [value for value in axis.numbers if value is not None]
    width = 100 * float(np.ptp(known)) if known else 0.0
    return 1 if not 0 < width < 1 else 1 + math.ceil(-math.log10(width))
