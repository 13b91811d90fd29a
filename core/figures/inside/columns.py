"""Charts of a table's columns: how much each matters, and what is answered over the values of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.datasets.features import Column
from core.datasets.tables.columns import words_of
from core.datasets.tables.dates import DAYS
from core.figures.colours import BLUE, QUIET, SERIES
from core.figures.evaluation import LAYOUT
from core.figures.names import as_text, class_axis

ROW, ROOM = 28, 60  # pixels of a bar, and around all
_THIN = {"line": {"color": QUIET, "width": 1}, "marker": {"color": QUIET, "size": 4}}
_LONGEST = 22  # characters of a name beside a bar


def draw_importance(names: Sequence[str], means: np.ndarray, spreads: np.ndarray, label: str, form: str) -> go.Figure:
    """Draw how much worse answers become without each column, the most on top, with one standard deviation.

    Args:
        names: Of the columns, the most important first.
        means, spreads: Over the shuffles (columns,).
        label: What is measured.
        form: Format of the numbers, d3's.
    """
    figure = go.Figure()
    figure.add_bar(
        orientation="h",
        y=[as_text(name, _LONGEST) for name in names],
        x=means.tolist(),
        error_x={"array": spreads.tolist(), "color": QUIET, "thickness": 1.5},
        marker={"color": BLUE},
        customdata=spreads.tolist(),
        hovertemplate=f"%{{y}}: %{{x:{form}}}, \N{PLUS-MINUS SIGN} %{{customdata:{form}}}<extra></extra>",
    )
    figure.update_yaxes(type="category", autorange="reversed", automargin=True, fixedrange=True)
    figure.update_xaxes(title_text=label, tickformat=form, fixedrange=True, zerolinecolor=QUIET, nticks=6)
    margin = {"l": 10, "r": 12, "t": 8, "b": 44}
    return figure.update_layout({**LAYOUT, "height": ROOM + ROW * len(names), "showlegend": False, "margin": margin})


def draw_dependence(
    column: Column,
    grid: np.ndarray,
    average: np.ndarray,
    single: np.ndarray,
    counts: np.ndarray,
    edges: np.ndarray,
    names: Sequence[str],
    label: str,
    *,
    is_share: bool,
) -> go.Figure:
    """Draw average answers over the values of a column, single rows faintly, and below how frequent the values are.

    Args:
        column: The column.
        grid, average, single, counts, edges: As of the probe's method `dependence`, with the answers that are shown.
        names: Of the answers that are shown: some classes, or the one number.
        label: Title of the axis of the answers.
        is_share: Whether the answers are probabilities.
    """
    x, figure = _values(column, grid), go.Figure()
    form = ".1%" if is_share else ".4~g"
    for line in single[..., 0] if len(names) == 1 else ():
        mode = "markers" if column.values else "lines"
        figure.add_scatter(x=x, y=line.tolist(), mode=mode, opacity=0.35, hoverinfo="skip", showlegend=False, **_THIN)
    for place, name in enumerate(names):
        colour = SERIES[place % len(SERIES)]
        figure.add_scatter(
            name=as_text(name, _LONGEST),
            x=x,
            y=average[:, place].tolist(),
            mode="markers" if column.values else "lines+markers",
            line={"color": colour, "width": 3},
            marker={"color": colour, "size": 10 if column.values else 5},
            hovertemplate=f"%{{x}}: %{{y:{form}}}<extra>{as_text(name, _LONGEST)}</extra>",
        )
    _add_frequency(figure, column, counts, edges)
    axis = {"title_text": as_text(column.name), "fixedrange": True, "zeroline": False}
    figure.update_xaxes(**({**class_axis(column.values), **axis} if column.values else axis))
    scale = {"tickformat": ".0%", "rangemode": "tozero"} if is_share else {}
    figure.update_layout(
        yaxis={"title": {"text": as_text(label)}, "domain": [0.3, 1], "fixedrange": True, "zeroline": False, **scale},
        yaxis2={"title": {"text": "rows"}, "domain": [0, 0.22], "fixedrange": True, "nticks": 3, "zeroline": False},
        xaxis={"anchor": "y2"},
    )
    legend = {"showlegend": len(names) > 1}
    return figure.update_layout({**LAYOUT, "height": 380, **legend})


def _values(column: Column, numbers: np.ndarray) -> list[str] | list[float] | list[int]:
    if column.values:
        return [int(place) for place in numbers]
    return words_of(column, numbers)


def _add_frequency(figure: go.Figure, column: Column, counts: np.ndarray, edges: np.ndarray) -> None:
    """Draw how many rows have which values, on the second axis."""
    middles = np.arange(len(counts), dtype=float) if column.values else (edges[:-1] + edges[1:]) / 2
    width = None if column.values else np.diff(edges) * (86_400_000 if column.date == DAYS else 1)  # plotly: ms
    figure.add_bar(
        x=_values(column, middles),
        y=counts.tolist(),
        width=None if width is None else width.tolist(),
        marker={"color": QUIET, "line": {"width": 0}},
        yaxis="y2",
        showlegend=False,
        hovertemplate="%{x}: %{y:,} rows<extra></extra>",
    )
