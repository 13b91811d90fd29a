"""Plotly figures of a regression network's errors."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.datasets.targets import Number
from core.figures.colours import BLUE
from core.figures.evaluation import LAYOUT, reference_line
from core.figures.names import as_text

MOST_DOTS = 2000  # more are thinned evenly
FEWEST_BINS, MOST_BINS = 5, 40
_LONGEST = 30  # characters of a target's name beside an axis


def draw_predictions(truth: np.ndarray, said: np.ndarray, target: Number) -> go.Figure:
    """Draw predicted against true values, with the diagonal.

    Args:
        truth, said: True and predicted values (n,), in the target's unit.
        target: Name and unit of the values.
    """
    low, high = float(min(truth.min(), said.min())), float(max(truth.max(), said.max()))
    figure = go.Figure()
    reference_line(figure, [low, high], [low, high], "always right")
    _dots(figure, truth, said, "true %{x:.4~g}, predicted %{y:.4~g}<extra></extra>")
    return _laid_out(figure, f"true {_named(target)}", f"predicted {_named(target)}")


def draw_residuals(truth: np.ndarray, said: np.ndarray, target: Number) -> go.Figure:
    """Draw residuals (true minus predicted) against predictions; arguments as `draw_predictions`."""
    figure = go.Figure()
    reference_line(figure, [float(said.min()), float(said.max())], [0.0, 0.0], "no error")
    _dots(figure, said, truth - said, "predicted %{x:.4~g}, residual %{y:.4~g}<extra></extra>")
    return _laid_out(figure, f"predicted {_named(target)}", _residual(target))


def draw_residual_counts(truth: np.ndarray, said: np.ndarray, target: Number) -> go.Figure:
    """Draw a histogram of the residuals; arguments as `draw_predictions`."""
    bins = int(np.clip(np.sqrt(len(truth)), FEWEST_BINS, MOST_BINS))
    counts, edges = np.histogram(truth.astype(np.float64) - said, bins)
    figure = go.Figure()
    figure.add_bar(
        name="the network",
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        customdata=np.stack([edges[:-1], edges[1:]], 1),
        marker={"color": BLUE, "line": {"width": 0}},
        hovertemplate="%{customdata[0]:.4~g} to %{customdata[1]:.4~g}: %{y:,}<extra></extra>",
    )
    reference_line(figure, [0.0, 0.0], [0.0, float(counts.max())], "no error")
    return _laid_out(figure, _residual(target), "count")


def _dots(figure: go.Figure, x: np.ndarray, y: np.ndarray, hover: str) -> None:
    kept = np.arange(min(MOST_DOTS, len(x))) * len(x) // min(MOST_DOTS, len(x))
    look = {"color": BLUE, "size": 6, "opacity": 0.8}
    figure.add_scatter(
        name="the network", x=x[kept], y=y[kept], mode="markers", marker=look, hovertemplate=hover, cliponaxis=False
    )


def _residual(target: Number) -> str:
    return f"true minus predicted{_unit(target)}"


def _named(target: Number) -> str:
    return f"{as_text(target.name, _LONGEST)}{_unit(target)}"


def _unit(target: Number) -> str:
    return f" ({as_text(target.unit, _LONGEST)})" if target.unit else ""


def _laid_out(figure: go.Figure, x: str, y: str) -> go.Figure:
    figure.update_xaxes(title_text=x, fixedrange=True, zeroline=False)
    figure.update_yaxes(title_text=y, fixedrange=True, zeroline=False)
    return figure.update_layout(LAYOUT)
