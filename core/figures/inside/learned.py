"""Charts of what a network has learned: curves of robustness, and what it misses without some units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import BLUE, ORANGE, QUIET
from core.figures.evaluation import LAYOUT, reference_line
from core.figures.names import as_text, class_axis


def draw_curve(strengths: Sequence[float], values: Sequence[float], label: str, unit: str, chance: float) -> go.Figure:
    """Draw a result over the strength of a disturbance, with what it is without one.

    Args:
        strengths: In `unit`, the first is 0.
        values: Accuracy, 0 to 1, or the error of a number.
        label: What the values are.
        unit: Of the strengths.
        chance: Accuracy of the most frequent class alone; NaN for a number.
    """
    is_share = np.isfinite(chance)
    figure = go.Figure()
    ends = [float(strengths[0]), float(strengths[-1])]
    reference_line(figure, ends, [float(values[0])] * 2, "undisturbed")
    if is_share:
        reference_line(figure, ends, [chance] * 2, "always the same class")
    form = ".1%" if is_share else ".4~g"
    figure.add_scatter(
        name="the network",
        x=list(strengths),
        y=list(values),
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        cliponaxis=False,
        hovertemplate=f"%{{x:.3~g}} {as_text(unit)}: %{{y:{form}}}<extra></extra>",
    )
    figure.update_xaxes(title_text=unit, fixedrange=True, zeroline=False)
    bounds = {"range": [-0.03, 1.03], "tickformat": ".0%"} if is_share else {"rangemode": "tozero"}
    figure.update_yaxes(title_text=label, fixedrange=True, zeroline=False, **bounds)
    return figure.update_layout({**LAYOUT, "height": 230, "showlegend": False, "margin": _margin(12)})


def draw_losses(names: Sequence[str], losses: Sequence[float], label: str, *, is_share: bool) -> go.Figure:
    """Draw what is lost without each of some units, the most first.

    Args:
        names: Of the units.
        losses: Accuracy lost, 0 to 1, or error gained.
        label: What is lost.
        is_share: Whether they are points of accuracy.
    """
    form = "+.1%" if is_share else "+.3~g"
    figure = go.Figure()
    figure.add_bar(
        x=[as_text(name) for name in names],
        y=list(losses),
        marker={"color": [ORANGE if loss > 0 else BLUE for loss in losses]},
        hovertemplate=f"without unit %{{x}}: %{{y:{form}}}<extra></extra>",
    )
    figure.update_xaxes(title_text="unit that is off", type="category", fixedrange=True)
    figure.update_yaxes(title_text=label, fixedrange=True, tickformat=".1%" if is_share else ".3~g")
    return figure.update_layout({**LAYOUT, "height": 240, "showlegend": False, "margin": _margin(12)})


def draw_by_class(before: np.ndarray, after: np.ndarray | None, classes: Sequence[str]) -> go.Figure:
    """Draw the accuracy of each class with all units, and without some, shares (classes,); NaN without examples."""
    figure = go.Figure()
    off = [] if after is None else [("these off", after, ORANGE)]
    for name, values, colour in (("all units on", before, BLUE), *off):
        hover = f"%{{customdata}}, {name}: %{{y:.1%}}<extra></extra>"
        figure.add_bar(
            name=name,
            x=[*range(len(classes))],
            y=[None if np.isnan(value) else float(value) for value in values],
            marker={"color": colour},
            customdata=[as_text(one) for one in classes],
            hovertemplate=hover,
        )
    figure.update_xaxes(class_axis(classes))
    figure.update_yaxes(title_text="accuracy", tickformat=".0%", range=[0, 1.03], fixedrange=True)
    return figure.update_layout({**LAYOUT, "height": 260, "barmode": "group", "showlegend": True})


def draw_row(names: Sequence[str], values: np.ndarray) -> go.Figure:
    """Draw the numbers of a row, in standard deviations from their means (numbers,)."""
    figure = go.Figure()
    figure.add_bar(
        x=[as_text(name) for name in names],
        y=[float(value) for value in values],
        marker={"color": [ORANGE if value > 0 else BLUE for value in values]},
        hovertemplate="%{x}: %{y:+.2f} standard deviations<extra></extra>",
    )
    figure.update_xaxes(type="category", fixedrange=True, automargin=True)
    figure.update_yaxes(title_text="standard deviations", fixedrange=True, zerolinecolor=QUIET)
    return figure.update_layout({**LAYOUT, "height": 240, "showlegend": False, "margin": _margin(12)})


def _margin(top: int) -> dict[str, int]:
    return {"l": 56, "r": 12, "t": top, "b": 44}
