"""Lists of numbers as the columns that they were made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.datasets.features import Column, Vector


def columns_of(features: Vector, x: np.ndarray) -> Iterator[tuple[Column, np.ndarray]]:
    """Return each column with its cells.

    Args:
        features: What the numbers are.
        x: float32 (rows, numbers).

    Returns:
        Of each column float32 (rows,), or int64 (rows,), places in its values.
    """
    start = 0
    for column in features.columns:
        end = start + len(column.numbers)
        yield column, x[:, start:end].argmax(axis=1) if column.values else x[:, start]
        start = end


def words_of(column: Column, cells: np.ndarray) -> list[str] | list[float]:
    """Return cells as `columns_of` has them, the way they were written: words, or numbers."""
    return [column.values[place] for place in cells] if column.values else cells.tolist()
