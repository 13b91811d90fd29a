"""How far signals reach through the layers, from several first weights."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from core.figures.colours import SERIES

HEIGHT = 400
FLOOR = 1e-9  # 0 has no logarithm; it is drawn here
MARKS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def draw_signals(found: Mapping[str, Mapping[str, float]], title: str) -> go.Figure:
    """Draw a line for each kind of first weights over the layers.

    Args:
        found: Kind of first weights -> layer -> size, first to last.
        title: What the size is of.
    """
    figure = go.Figure()
    for place, (name, sizes) in enumerate(found.items()):
        figure.add_scatter(
            x=list(sizes),
            y=[max(size, FLOOR) for size in sizes.values()],
            name=name,
            mode="lines+markers",
            line={"color": SERIES[place % len(SERIES)], "width": 2},
            marker={"symbol": MARKS[place % len(MARKS)], "size": 9},
            text=[f"{size:.3g}" for size in sizes.values()],
            hovertemplate="%{x}: %{text}<extra>" + name + "</extra>",
        )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 12, "t": 12, "b": 56},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        showlegend=True,
    )
    figure.update_xaxes(title_text="layer, first to last")
    return figure.update_yaxes(title_text=title, type="log", exponentformat="power", dtick=2)
