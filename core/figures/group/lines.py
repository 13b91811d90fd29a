"""Plotly figures of a group: the result over one setting, over two drawn at random, or over more and more data."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from core.config import Bounded
from core.figures.colours import BLUE, ORANGE, QUIET, VIRIDIS, rgb
from core.figures.evaluation import LAYOUT
from core.runs.group import PRUNED, Group
from core.runs.learning_curve import LearningCurve

AHEAD = 10  # times the largest number measured
POINTS = 60
LEAST_ERROR = 1e-4  # drawn: zero has no logarithm
WIDE = 300  # ratio of the ends of an axis with few ticks
BAND = f"rgba{(*rgb(ORANGE), 0.18)}"
SCALE = [[place / (len(VIRIDIS) - 1), colour] for place, colour in enumerate(VIRIDIS)]


def draw_line(group: Group) -> go.Figure:
    """Draw the result over the one setting that differs; a dot that is hollow was ended early."""
    [name] = group.names
    field = group.configs[0].field(name)
    places = [place for place, value in enumerate(_values(group)) if value is not None]
    if isinstance(field, Bounded):
        places.sort(key=lambda place: group.values(name)[place])
    figure = go.Figure()
    figure.add_scatter(
        x=[_shown(group, name, place) for place in places],
        y=[_values(group)[place] for place in places],
        mode="lines+markers" if isinstance(field, Bounded) else "markers",
        marker={"color": BLUE, "size": 11, "symbol": [_symbol(group.runs[place].summary) for place in places]},
        line={"color": BLUE, "width": 2},
        hovertemplate="%{x}: %{y:.4~g}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_layout(LAYOUT, showlegend=False)
    figure.update_xaxes(_axis(group, name))
    has_result = group.measure is not None
    return figure.update_yaxes(title=group.measure.label if group.measure else "Result", showticklabels=has_result)


def draw_places(group: Group) -> go.Figure:
    """Draw where two settings were tried, coloured by the result; runs without one yet are grey."""
    across, down = group.names
    values, label = _values(group), group.measure.label if group.measure else ""
    figure = go.Figure()
    for is_known in (False, True):
        kept = [place for place, value in enumerate(values) if (value is not None) == is_known]
        shade = {"color": [values[place] for place in kept], "colorscale": SCALE, "showscale": True}
        shade["colorbar"] = {"thickness": 12, "tickformat": ".3~g", "title": {"text": label, "side": "right"}}
        look = shade if is_known else {"color": QUIET}
        figure.add_scatter(
            x=[_shown(group, across, place) for place in kept],
            y=[_shown(group, down, place) for place in kept],
            mode="markers",
            marker={"size": 15, "symbol": [_symbol(group.runs[p].summary) for p in kept], **look},
            text=[group.measure.said[place] if group.measure and is_known else "no result yet" for place in kept],
            hovertemplate="%{x}, %{y}: %{text}<extra></extra>",
            cliponaxis=False,
        )
    figure.update_layout(LAYOUT, showlegend=False)
    return figure.update_xaxes(_axis(group, across)).update_yaxes(_axis(group, down))


def _values(group: Group) -> tuple[float | None, ...]:
    return group.measure.values if group.measure else (None,) * len(group.runs)


def _shown(group: Group, name: str, place: int) -> object:
    field, value = group.configs[0].field(name), group.values(name)[place]
    return value if isinstance(field, Bounded) else field.say(value)


def _symbol(summary: dict[str, object]) -> str:
    return "circle-open" if summary.get("ended_by") == PRUNED else "circle"


def _axis(group: Group, name: str) -> dict[str, object]:
    """Return the axis of a setting, from its first to its last value from the start, so that nothing moves later."""
    field, values = group.configs[0].field(name), group.values(name)
    if not isinstance(field, Bounded):
        return {"title": field.label}
    is_log = field.scale == "log" and min(values) > 0
    ends = np.log10([min(values), max(values)]) if is_log else np.array([min(values), max(values)])
    room = 0.06 * np.array([-1, 1]) * np.ptp(ends)
    ticks: dict[str, object] = log_ticks(min(values), max(values), field.format) if is_log else {}
    return {"title": field.label, "range": list(ends + room), "type": "log" if is_log else "linear", **ticks}


def log_ticks(low: float, high: float, say: Callable[[float], str]) -> dict[str, object]:
    """Return the ticks of a logarithmic axis: 1, 2 and 5 in each decade, or 1 alone where there are many."""
    digits = (1, 2, 5) if high / low < WIDE else (1,)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [float(f"{digit}e{decade}") for decade in decades for digit in digits]
    return {"tickvals": found, "ticktext": [say(value) for value in found]}


def draw_learning_curve(curve: LearningCurve, title: str) -> go.Figure:
    """Draw the error over the number of training examples, the law that fits it, and its 95 % interval.

    Args:
        curve: The measured errors.
        title: What the error is.
    """
    figure = go.Figure()
    if curve.law is not None:
        sizes = np.geomspace(curve.examples[0], AHEAD * curve.examples[-1], POINTS)
        low, high = curve.law.interval(sizes)
        figure.add_scatter(
            name="95 % interval",
            x=[*sizes, *sizes[::-1]],
            y=[*high, *np.maximum(low, LEAST_ERROR)[::-1]],
            fill="toself",
            fillcolor=BAND,
            line={"width": 0},
            hoverinfo="skip",
        )
        look = {"color": ORANGE, "width": 2, "dash": "dash"}
        hover = "%{x:,.0f} examples: about %{y:.2~%}<extra></extra>"
        figure.add_scatter(
            name="fitted law", x=sizes, y=curve.law.error(sizes), mode="lines", line=look, hovertemplate=hover
        )
    figure.add_scatter(
        name="measured",
        x=curve.examples,
        y=curve.errors,
        error_y={"array": [1.96 * one for one in curve.deviations], "thickness": 1.5, "width": 4},
        mode="markers",
        marker={"color": BLUE, "size": 10},
        hovertemplate="%{x:,.0f} examples: %{y:.2~%}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_layout(LAYOUT)
    span = (curve.examples[0], (AHEAD if curve.law else 1) * curve.examples[-1])
    shown = (max(LEAST_ERROR, min(curve.errors) / 5), max(curve.errors) * 1.5)
    figure.update_xaxes(title="training examples", type="log", **log_ticks(*span, lambda size: f"{size:,.0f}"))
    ticks = log_ticks(*shown, lambda share: f"{100 * share:g} %")
    return figure.update_yaxes(title=title, type="log", range=list(np.log10(shown)), **ticks)
