"""Plotly figure of what presets reach on the same test examples, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.colours import BLUE
from core.figures.evaluation import LAYOUT
from core.figures.names import as_text
from core.runs.standing import Standing

ROW, AROUND = 44, 96  # pixels of height: of each network, and of what is around them


def draw_standings(found: Sequence[Standing], title: str, *, is_share: bool) -> go.Figure:
    """Draw a dot with its 95 % interval for each network, the first at the top.

    Args:
        found: The results; a network without one keeps its place.
        title: What the result is.
        is_share: Whether it is a share, 0 to 1.
    """
    rows = [place for place, one in enumerate(found) if one.value is not None]
    known = [found[place] for place in rows]
    around = {
        "type": "data",
        "symmetric": False,
        "array": [0.0 if one.high is None or one.value is None else one.high - one.value for one in known],
        "arrayminus": [0.0 if one.low is None or one.value is None else one.value - one.low for one in known],
        "thickness": 1.5,
        "width": 5,
    }
    figure = go.Figure()
    figure.add_scatter(
        x=[one.value for one in known],
        y=rows,
        text=[as_text(one.name) for one in known],
        error_x=around,
        mode="markers",
        marker={"color": BLUE, "size": 11},
        hovertemplate="%{text}: %{x:.1%}<extra></extra>" if is_share else "%{text}: %{x:.3f}<extra></extra>",
        cliponaxis=False,
    )
    figure.update_layout(LAYOUT, showlegend=False, height=AROUND + ROW * len(found))
    figure.update_layout(margin={"l": 8, "r": 16, "t": 16, "b": 48})
    figure.update_xaxes(title=title, tickformat=".0%" if is_share else ".3~g", nticks=6, showticklabels=bool(known))
    ticks = {"tickvals": [*range(len(found))], "ticktext": [as_text(one.name) for one in found]}
    return figure.update_yaxes(**ticks, range=[len(found) - 0.5, -0.5], automargin=True, ticks="", zeroline=False)
