"""An activation and its slope over the sums that a layer has."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import BLUE, GREY, ORANGE
from core.layers.activations import ACTIVATIONS

HEIGHT, POINTS = 230, 200


def draw_activation(function: str, counts: np.ndarray, edges: np.ndarray) -> go.Figure:
    """Draw an activation, its slope, and how a layer's sums are spread.

    Args:
        function: Its name in Keras.
        counts: How many sums lie in each bin, int (bins,).
        edges: Edges of the bins (bins + 1,).
    """
    z, one = np.linspace(edges[0], edges[-1], POINTS), ACTIVATIONS[function]
    share = counts / max(counts.sum(), 1)
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=share,
        width=np.diff(edges),
        marker={"color": GREY, "opacity": 0.35},
        name="share of the sums",
        yaxis="y2",
        hovertemplate="%{y:.1%} of the sums near %{x:.3g}<extra></extra>",
    )
    for values, name, colour, dash in (
        (one.apply(z), "f(z)", BLUE, "solid"),
        (one.slope(z), "slope f\N{PRIME}(z)", ORANGE, "dash"),
    ):
        figure.add_scatter(x=z, y=values, mode="lines", name=name, line={"color": colour, "dash": dash, "width": 2.5})
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 44, "r": 44, "t": 8, "b": 40},
        xaxis={"title": "z, the weighted sum"},
        yaxis={"title": "f(z) and its slope"},
        yaxis2={"overlaying": "y", "side": "right", "title": "share", "tickformat": ".0%", "showgrid": False},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
        bargap=0,
    )
