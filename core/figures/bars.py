"""Draw numbers as small bars, up for positive and down for negative values."""

from __future__ import annotations

import numpy as np

from core.figures.colours import NEGATIVE, POSITIVE, rgb
from core.figures.pictures import Picture, to_png

MOST = 256
A_ROW = 64
BAR, HEIGHT = 5, 24  # pixels: width of a bar with its gap, and height of a row
UP, DOWN, LINE = (*rgb(POSITIVE), 255), (*rgb(NEGATIVE), 255), (128, 128, 128, 160)


def draw_bars(title: str, values: np.ndarray) -> Picture:
    """Draw numbers as bars in rows of 64, on their own scale; at most the first 256.

    Args:
        title: What the numbers are.
        values: The numbers (n,); NaN and infinite values get no bar.
    """
    title = f"{title}, the first {MOST}" if len(values) > MOST else title
    shown = np.asarray(values[:MOST], np.float64)
    shown = np.where(np.isfinite(shown), shown, 0.0)
    limit = float(np.abs(shown).max(initial=0.0)) or 1.0
    rows, columns = -(-len(shown) // A_ROW), min(len(shown), A_ROW)
    rgba = np.zeros((rows * HEIGHT, columns * BAR, 4), np.uint8)
    for index, value in enumerate(shown):
        top, left = (index // A_ROW) * HEIGHT, (index % A_ROW) * BAR
        _bar(rgba[top : top + HEIGHT, left : left + BAR], value / limit)
    alt = f"{title}, as bars from {-limit:.2f} to {limit:.2f}; orange is positive, blue negative"
    return Picture(title, to_png(rgba), rgba.shape[1], rgba.shape[0], alt, "diverging", -limit, limit, 1)


def _bar(cell: np.ndarray, share: float) -> None:
    """Draw one bar of height -1 to 1 around the middle of its cell."""
    middle = HEIGHT // 2
    cell[middle] = LINE
    tall = round(abs(share) * (middle - 1))
    rows = slice(middle - tall, middle) if share > 0 else slice(middle + 1, middle + 1 + tall)
    cell[rows, : BAR - 1] = UP if share > 0 else DOWN
