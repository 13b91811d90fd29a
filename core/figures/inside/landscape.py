"""The loss over a plane through the weights, and the way of training through it."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import ORANGE
from core.figures.pictures import colour, to_png

HEIGHT = 460
STRETCH = 12  # pixels of the ground for each place that was measured
FLOOR = 1e-6  # the least loss that has a logarithm


def draw_landscape(
    losses: np.ndarray, reach: np.ndarray, places: np.ndarray, steps: Sequence[int], chosen: int, names: Sequence[str]
) -> go.Figure:
    """Draw the loss as a ground, dark where it is small, with a line of dots for the moments.

    Args:
        losses: (side, side), the first axis upwards.
        reach: Low and high of both directions, (2, 2).
        places: Where each moment is, (moments, 2).
        steps: Their steps.
        chosen: The step that is looked at; the nearest moment is marked.
        names: Of both axes.
    """
    figure, at = go.Figure(), int(np.abs(np.array(steps) - chosen).argmin())
    (left, right), (low, high) = reach.tolist()
    picture = base64.b64encode(to_png(_ground(losses))).decode()
    figure.add_layout_image(
        source=f"data:image/png;base64,{picture}",
        xref="x",
        yref="y",
        x=left,
        y=high,
        sizex=right - left,
        sizey=high - low,
        sizing="stretch",
        layer="below",
    )
    x, y = places.T
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line={"color": "white", "width": 2},
        marker={"color": "white", "size": 6, "line": {"color": "black", "width": 1}},
        text=[f"after step {step:,}" for step in steps],
        hovertemplate="%{text}<extra></extra>",
    )
    for place, symbol, words in ((0, "circle-open", "begin"), (at, "diamond", "now")):
        figure.add_scatter(
            x=[x[place]],
            y=[y[place]],
            mode="markers",
            marker={"color": ORANGE, "size": 15, "symbol": symbol, "line": {"color": "white", "width": 2}},
            text=[f"{words}: after step {steps[place]:,}"],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(height=HEIGHT, margin={"l": 56, "r": 12, "t": 12, "b": 48}, showlegend=False)
    figure.update_xaxes(title_text=names[0], range=[left, right], zeroline=False, showgrid=False)
    return figure.update_yaxes(title_text=names[1], range=[low, high], zeroline=False, showgrid=False)


def _ground(losses: np.ndarray) -> np.ndarray:
    """Return the ground as RGBA, on a logarithmic scale, interpolated between what was measured."""
    level = np.log(np.maximum(np.nan_to_num(losses, nan=np.inf, posinf=np.inf), FLOOR))
    finite = level[np.isfinite(level)]
    top = float(finite.max()) if len(finite) else 0.0
    level = np.minimum(level, top)  # what is not finite is as light as the largest loss
    side = len(level)
    fine = np.linspace(0, side - 1, side * STRETCH)
    wide = np.stack([np.interp(fine, np.arange(side), row) for row in level])
    smooth = np.stack([np.interp(fine, np.arange(side), column) for column in wide.T], 1)
    return colour(smooth[::-1], "sequential", float(level.min()), top)
