"""Plotly figures of a data set: class counts, histograms and points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.figures.colours import TRAINING, VALIDATION
from core.figures.names import as_text, class_axis

MOST_BINS = 30  # of a numeric column; fewer for few rows


def draw_balance(
    classes: Sequence[str], train: Sequence[int], test: Sequence[int], *, noun: str = "images", axis: str = "class"
) -> go.Figure:
    """Draw the number of examples per class, training and test side by side.

    Args:
        classes: Class names, or the distinct values of a column.
        train, test: Examples per class.
        noun: What the examples are, in the plural.
        axis: Title of the class axis.
    """
    figure = go.Figure()
    for name, counts, colour, pattern in (("training", train, TRAINING, ""), ("test", test, VALIDATION, "/")):
        figure.add_bar(
            name=name,
            x=list(range(len(classes))),
            customdata=[as_text(shown) for shown in classes],
            y=list(counts),
            marker={"color": colour, "pattern": {"shape": pattern}},
            hovertemplate=f"%{{customdata}}: %{{y:,}} {name} {noun}<extra></extra>",
        )
    figure.update_xaxes(**class_axis(classes)).update_xaxes(title_text=as_text(axis))
    figure.update_yaxes(title_text=noun, fixedrange=True, rangemode="tozero")
    return _laid_out(figure)


def draw_histogram(histograms: np.ndarray) -> go.Figure:
    """Draw the distribution of pixel brightness.

    Args:
        histograms: Pixel counts of training and test, int (2, channels, bins); channels are summed.
    """
    figure = _draw_shares(np.linspace(0, 256, histograms.shape[2] + 1), histograms.sum(axis=1), ".0f", "pixels")
    title = "pixel brightness, 0 (black) to 255 (white)"
    return figure.update_xaxes(title_text=title, range=[0, 256], fixedrange=True)


def draw_spread(train: np.ndarray, test: np.ndarray, name: str) -> go.Figure:
    """Draw the distribution of a numeric column.

    Args:
        train, test: Values of the column, float (rows,).
        name: Name of the column.
    """
    parts = [np.asarray(part, float) for part in (train, test)]
    every = np.concatenate(parts)
    edges = np.histogram_bin_edges(every, min(MOST_BINS, math.isqrt(len(every))))
    counts = np.array([np.histogram(part, edges)[0] for part in parts])
    return _draw_shares(edges, counts, ".4~g", "rows").update_xaxes(title_text=as_text(name), fixedrange=True)


def _draw_shares(edges: np.ndarray, counts: np.ndarray, digits: str, noun: str) -> go.Figure:
    """Draw counts (2, bins) of training and test between edges (bins + 1,), as shares of each part."""
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = go.Figure()
    for name, share, colour, dash in (
        ("training", shares[0], TRAINING, "solid"),
        ("test", shares[1], VALIDATION, "dash"),
    ):
        figure.add_scatter(
            name=name,
            x=edges,
            y=[*share, share[-1]],  # extends the line to the last edge
            mode="lines",
            line={"color": colour, "dash": dash, "shape": "hv", "width": 2},
            hovertemplate=f"from %{{x:{digits}}}: %{{y:.1f}} % of {name} {noun}<extra></extra>",
        )
    figure.update_yaxes(title_text=f"% of {noun}", rangemode="tozero", fixedrange=True)
    return _laid_out(figure)


def draw_points(train: np.ndarray, test: np.ndarray) -> go.Figure:
    """Draw points in the plane, float (n, 2), with equal axis scales."""
    figure = go.Figure()
    for name, points, colour, symbol in (("training", train, TRAINING, "circle"), ("test", test, VALIDATION, "x")):
        figure.add_scatter(
            name=name,
            x=points[:, 0],
            y=points[:, 1],
            mode="markers",
            marker={"color": colour, "symbol": symbol, "size": 4, "opacity": 0.7},
            hovertemplate=f"%{{x:.2f}}, %{{y:.2f}} ({name})<extra></extra>",
        )
    figure.update_xaxes(title_text="first number", fixedrange=True, constrain="domain")
    figure.update_yaxes(title_text="second number", fixedrange=True, scaleanchor="x")
    return _laid_out(figure).update_layout(height=420)


def _laid_out(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=280,
        margin={"l": 50, "r": 8, "t": 30, "b": 48},
        legend={"orientation": "h", "y": 1.16, "x": 0},
        barmode="group",
    )
