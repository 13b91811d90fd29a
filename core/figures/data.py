"""Plotly figures of a data set: how many of each class, how bright."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

BLUE, ORANGE = "#0072B2", "#E69F00"
MOST_BARS = 25  # more classes are drawn without a name under each


def draw_balance(classes: Sequence[str], train: Sequence[int], test: Sequence[int]) -> go.Figure:
    """Draw how many images each class has, training and test side by side."""
    figure = go.Figure()
    for name, counts, colour, pattern in (("training", train, BLUE, ""), ("test", test, ORANGE, "/")):
        figure.add_bar(
            name=name,
            x=list(classes),
            y=list(counts),
            marker={"color": colour, "pattern": {"shape": pattern}},
            hovertemplate=f"%{{x}}: %{{y:,}} {name} images<extra></extra>",
        )
    named = len(classes) <= MOST_BARS
    figure.update_xaxes(type="category", title_text="class", showticklabels=named, fixedrange=True)
    figure.update_yaxes(title_text="images", fixedrange=True, rangemode="tozero")
    return _laid_out(figure)


def draw_histogram(histograms: np.ndarray) -> go.Figure:
    """Draw how often each brightness occurs.

    Args:
        histograms: int (2, channels, bins): of training and of test pixels; channels are added up.
    """
    counts = histograms.sum(axis=1)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    edges = np.linspace(0, 256, counts.shape[1] + 1)
    figure = go.Figure()
    for name, share, colour, dash in (("training", shares[0], BLUE, "solid"), ("test", shares[1], ORANGE, "dash")):
        figure.add_scatter(
            name=name,
            x=edges[:-1],
            y=share,
            mode="lines",
            line={"color": colour, "dash": dash, "shape": "hv", "width": 2},
            hovertemplate=f"from %{{x:.0f}}: %{{y:.1f}} % of {name} pixels<extra></extra>",
        )
    figure.update_xaxes(title_text="brightness of a pixel, 0 black to 255 white", range=[0, 256], fixedrange=True)
    figure.update_yaxes(title_text="% of pixels", rangemode="tozero", fixedrange=True)
    return _laid_out(figure)


def _laid_out(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=280,
        margin={"l": 50, "r": 8, "t": 30, "b": 48},
        legend={"orientation": "h", "y": 1.16, "x": 0},
        barmode="group",
    )
