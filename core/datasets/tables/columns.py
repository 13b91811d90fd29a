"""Decode the numbers of a table back into its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from core.datasets.features import Column, Vector
from core.datasets.tables.dates import DAYS, say_date

SMALL = 0.005  # of a share that is left out


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


def say_numbers(column: Column, numbers: np.ndarray) -> str:
    """Return a column's numbers (n,) as text; of words that were changed bit by bit, each with its share."""
    if not column.values:
        return say_cell(column, float(numbers[0]))
    shares = [(value, share) for value, share in zip(column.values, numbers, strict=True) if abs(share) >= SMALL]
    if len(shares) == 1 and abs(shares[0][1] - 1) < SMALL:
        return shares[0][0]
    return ", ".join(f"{share:.2f} {value}" for value, share in shares) or "none of its words"


def say_row(features: Vector, row: np.ndarray) -> dict[str, str]:
    """Return the numbers (n,) of a row as text by name of the column, whether a file could hold them or not."""
    ends = np.cumsum([len(column.numbers) for column in features.columns])[:-1]
    parts = zip(features.columns, np.split(row, ends), strict=True)
    return {column.name: say_numbers(column, numbers) for column, numbers in parts}


def columns_at(features: Vector, places: Iterable[int]) -> list[str]:
    """Return the names of the columns that some numbers of a row belong to, each once."""
    names = [column.name for column in features.columns for _ in column.numbers]
    return list(dict.fromkeys(names[place] for place in places))


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
