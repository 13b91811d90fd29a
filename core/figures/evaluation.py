"""Plotly figures of a classifier's test results."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.analysis.classifier.calibration import Calibration
from core.analysis.classifier.two_classes import Counts, Curve
from core.figures.colours import BLUE, ORANGE, QUIET
from core.figures.names import as_text

LAYOUT = {
    "height": 340,
    "margin": {"l": 56, "r": 12, "t": 36, "b": 48},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
}
MOST_POINTS = 1000  # per curve
SMALLEST, LARGEST = 7.0, 26.0  # marker diameters in pixels


def draw_roc(curve: Curve, chosen: Counts) -> go.Figure:
    """Draw sensitivity against false alarms, with the chosen threshold and the chance line."""
    figure = _curve(curve, "false alarms %{x:.1%}, found %{y:.1%}<extra></extra>", shape="linear")
    reference_line(figure, [0, 1], [0, 1], "guessing")
    _mark(figure, 1 - chosen.specificity, chosen.sensitivity)
    return _laid_out(figure, "false alarms (1 - specificity)", "found (sensitivity)")


def draw_precision_recall(curve: Curve, chosen: Counts, share: float) -> go.Figure:
    """Draw precision against recall, with the chosen threshold; guessing gives the share of positives."""
    figure = _curve(curve, "found %{x:.1%}, right among positive answers %{y:.1%}<extra></extra>", shape="vh")
    reference_line(figure, [0, 1], [share, share], "guessing")
    _mark(figure, chosen.sensitivity, chosen.precision)
    return _laid_out(figure, "found (recall)", "right among positive answers (precision)")


def draw_reliability(
    *found: Calibration, names: Sequence[str] = ("the network",), colours: Sequence[str] = (BLUE,)
) -> go.Figure:
    """Draw accuracy against confidence, one marker per bin; its area is the number of answers.

    Args:
        found: The calibration of each network.
        names, colours: Of each network.
    """
    figure = go.Figure()
    reference_line(figure, [0, 1], [0, 1], "perfectly calibrated")
    for one, name, colour in zip(found, names, colours, strict=True):
        sizes = SMALLEST + (LARGEST - SMALLEST) * np.sqrt(one.counts / one.counts.max())
        figure.add_scatter(
            name=as_text(name),
            x=one.confidence,
            y=one.right,
            mode="lines+markers",
            cliponaxis=False,
            line={"color": colour, "width": 1.5},
            marker={"color": colour, "size": sizes},
            customdata=one.counts,
            hovertemplate="mean confidence %{x:.1%}, %{y:.1%} right, %{customdata:,} answers<extra></extra>",
        )
    return _laid_out(figure, "confidence", "share right")


def reference_line(figure: go.Figure, x: list[float], y: list[float], name: str) -> None:
    """Draw a dashed reference line."""
    look = {"color": QUIET, "width": 1.5, "dash": "dash"}
    figure.add_scatter(name=name, x=x, y=y, mode="lines", line=look, hoverinfo="skip")


def _curve(curve: Curve, hover: str, *, shape: str) -> go.Figure:
    """Draw a curve, thinned to at most 1,000 points; keeps the first and the last."""
    kept = np.unique(np.linspace(0, len(curve.x) - 1, min(MOST_POINTS, len(curve.x))).round().astype(int))
    figure = go.Figure()
    line = {"color": BLUE, "width": 2, "shape": shape}
    figure.add_scatter(
        name="the network", x=curve.x[kept], y=curve.y[kept], mode="lines", line=line, hovertemplate=hover
    )
    return figure


def _mark(figure: go.Figure, x: float, y: float) -> None:
    look = {"color": ORANGE, "size": 13, "symbol": "diamond", "line": {"color": BLUE, "width": 1.5}}
    hover = "the chosen threshold<extra></extra>"
    figure.add_scatter(
        name="the threshold", x=[x], y=[y], mode="markers", marker=look, hovertemplate=hover, cliponaxis=False
    )


def _laid_out(figure: go.Figure, x: str, y: str) -> go.Figure:
    shares = {"tickformat": ".0%", "fixedrange": True, "range": [-0.03, 1.03], "zeroline": False}
    figure.update_xaxes(title_text=x, **shares)
    figure.update_yaxes(title_text=y, **shares)
    return figure.update_layout(LAYOUT)
