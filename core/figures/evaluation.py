"""Plotly figures of how well a classifier does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

# Opaque, so that plotly can tell whether dark or light digits are readable on a cell.
_LIGHT = [[0.0, "#F1F3F3"], [0.002, "#D5E5F0"], [0.2, "#8FC0E0"], [1.0, "#0072B2"]]
_DARK = [[0.0, "#1A2129"], [0.002, "#1D3A50"], [0.2, "#20628F"], [1.0, "#1F78B4"]]


def draw_confusion(matrix: np.ndarray, classes: Sequence[str], *, dark: bool = False) -> go.Figure:
    """Draw a confusion matrix: counts as text, each row's shares as colour."""
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(classes),
            y=list(classes),
            text=np.where(matrix > 0, matrix.astype(str), ""),
            texttemplate="%{text}",
            customdata=matrix,
            hovertemplate="is %{y}, called %{x}: %{customdata} images, %{z:.1%} of its class<extra></extra>",
            colorscale=_DARK if dark else _LIGHT,
            zmin=0,
            zmax=1,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    axis = {"type": "category", "showgrid": False, "zeroline": False, "ticks": ""}
    figure.update_xaxes(title_text="what the network said", side="bottom", fixedrange=True, **axis)
    figure.update_yaxes(title_text="what it is", autorange="reversed", fixedrange=True, **axis)
    figure.update_layout(height=430, margin={"l": 50, "r": 8, "t": 8, "b": 48})
    return figure
