"""An attribution over its image, or by column of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from core.datasets.features import Column
from core.figures.colours import NEGATIVE, POSITIVE
from core.figures.names import as_text
from core.figures.pictures import Picture, colour, to_png

ROW, ROOM = 26, 40  # pixels of a bar, and around all
MOST_BARS = 30


def draw_attribution(
    title: str, image: np.ndarray, attribution: np.ndarray, *, is_signed: bool, opacity: float
) -> Picture:
    """Draw an attribution over its image, on its own scale.

    The colour says how much, relative to the largest value of this map; where there is nothing the image shines
    through.

    Args:
        title: Short heading.
        image: (h, w, 1) or (h, w, 3), 0 to 255.
        attribution: (h, w) or (h, w, c); channels are added up.
        is_signed: Whether negative values mean something.
        opacity: Of the strongest places, 0 to 1.
    """
    values = flat(attribution)
    share = values / (np.abs(values).max() or 1.0)
    scale, low = ("diverging", -1.0) if is_signed or share.min() < 0 else ("sequential", 0.0)
    colours = colour(share, scale, low, 1.0)[..., :3].astype(np.float32)
    cover = opacity * np.abs(share)[..., None] ** 0.75  # so that weak places can be seen
    under = np.broadcast_to(image.astype(np.float32), colours.shape)
    rgba = np.full((*values.shape, 4), 255, np.uint8)
    rgba[..., :3] = (cover * colours + (1 - cover) * under).round().clip(0, 255)
    means = "orange spoke for it, blue against it" if low else "yellow is strongest"
    alt = f"{title}: the attribution over the image; {means}"
    return Picture(title, to_png(rgba), values.shape[1], values.shape[0], alt, scale, low, 1.0, 1)


def draw_change(title: str, change: np.ndarray) -> Picture:
    """Draw a change of an image, (h, w, c) of grey levels, on its own scale."""
    values = change.astype(np.float64).mean(axis=-1)
    limit = float(np.abs(values).max()) or 1.0
    alt = f"{title}: orange is brighter, blue darker, up to {limit:.0f} of 255 grey levels"
    pixels = to_png(colour(values, "diverging", -limit, limit))
    return Picture(title, pixels, values.shape[1], values.shape[0], alt, "diverging", -limit, limit, 1)


def draw_columns(values: Mapping[str, float], unit: str) -> go.Figure:
    """Draw numbers by column as bars, the largest on top; at most 30.

    Args:
        values: By name of the column.
        unit: Title of the axis.
    """
    order = sorted(values, key=lambda name: abs(values[name]))[-MOST_BARS:]
    shown = [values[name] for name in order]
    colours = [POSITIVE if value > 0 else NEGATIVE for value in shown]
    bars = go.Bar(x=shown, y=[as_text(name) for name in order], orientation="h", marker_color=colours)
    figure = go.Figure(bars)
    margin = {"l": 10, "r": 10, "t": 5, "b": 35}
    figure.update_layout(height=ROOM + ROW * len(order), margin=margin, xaxis_title=unit, showlegend=False)
    figure.update_yaxes(automargin=True)
    return figure


def by_column(attribution: np.ndarray, columns: Sequence[Column]) -> dict[str, float]:
    """Return the sum of each column's numbers; a column of words has several.

    Args:
        attribution: Of a row (n,).
        columns: Of the data, in order.
    """
    sizes = [len(column.numbers) for column in columns]
    parts = np.split(attribution, np.cumsum(sizes)[:-1])
    return {column.name: float(part.sum()) for column, part in zip(columns, parts, strict=True)}


def flat(attribution: np.ndarray) -> np.ndarray:
    """Return an attribution of an image as (h, w) in float64; channels are added up."""
    values = attribution.astype(np.float64)
    total: np.ndarray = values.sum(axis=-1) if values.ndim == 3 else values
    return total
