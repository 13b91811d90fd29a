"""Decode the numbers of a table back into its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from core.datasets.features import Column, Vector
from core.datasets.tables.dates import DAYS, say_date


def columns_of(features: Vector, x: np.ndarray) -> Iterator[tuple[Column, np.ndarray]]:
    """Yield each column with its cells.

    Args:
        features: Columns of the numbers.
        x: float32 (rows, numbers).

    Returns:
        Cells of each column: float32 (rows,), or int64 (rows,) indices into its values.
    """
    start = 0
    for column in features.columns:
        end = start + len(column.numbers)
        yield column, x[:, start:end].argmax(axis=1) if column.values else x[:, start]
        start = end


def say_cell(column: Column, cell: float | str) -> str:
    """Return one value of a column as text: a word, a date, or a number with at most six digits."""
    if isinstance(cell, str):
        return cell
    return say_date(cell) if column.date == DAYS else f"{cell:.6g}"


def cells_of(features: Vector, x: np.ndarray, taken: Sequence[str] = ()) -> dict[str, list[str] | list[float]]:
    """Return rows as in the file, by name of the column.

    Args:
        features, x: As for `columns_of`.
        taken: Names that stand for something else beside them; a column of such a name gets another.
    """
    found = {column.name: words_of(column, cells) for column, cells in columns_of(features, x)}
    return {f"{name} (column)" if name in taken else name: cells for name, cells in found.items()}


def words_of(column: Column, cells: np.ndarray) -> list[str] | list[float]:
    """Return cells from `columns_of` as words, dates or numbers."""
    if column.date == DAYS:
        return [say_date(days) for days in cells.tolist()]
    return [column.values[place] for place in cells] if column.values else cells.tolist()
