"""Encode rows of a table for the networks of a data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import safe_names
from core.datasets.features import Column, Vector
from core.datasets.tables.dates import DAYS, MISSING, days_of, names_of
from core.datasets.tables.tables import as_dates, as_numbers, as_word, find_column, known_values
from core.errors import DatasetError


def rows_of(frame: pd.DataFrame, features: Vector) -> np.ndarray:
    """Encode rows as float32 (rows, numbers); other columns than those of `features` are ignored.

    Empty cells and rare words count as they did in training.

    Raises:
        DatasetError: A column is missing, or a cell has a value that does not occur in the training data.
    """
    return np.concatenate([_numbers(find_column(frame, column.name), column) for column in features.columns], axis=1)


def _numbers(cells: pd.Series, column: Column) -> np.ndarray:
    """Return the encoding of one column, float32 (rows, numbers)."""
    known = known_values(cells)
    if not column.values:
        read = days_of(as_dates(known)) if column.date == DAYS else as_numbers(known)
        numbers: np.ndarray = _filled(read.reindex(cells.index), known, column).to_numpy(np.float32)
        _check(np.isfinite(numbers), cells, "a date" if column.date else "a number")
        return numbers[:, None]
    words = _filled(_words(known, column).reindex(cells.index), known, column).fillna(MISSING)
    places = pd.Index(column.values).get_indexer(words)
    if column.other:
        places = np.where(places < 0, column.values.index(column.other), places)
    _check(places >= 0, cells, "a date" if column.date else "one of " + ", ".join(map(short, column.values)))
    is_value: np.ndarray = np.eye(len(column.values), dtype=np.float32)[places]
    return is_value


def _words(known: pd.Series, column: Column) -> pd.Series:
    if column.date:
        return names_of(as_dates(known), column.date).astype(object).where(lambda names: names.notna(), "?")
    return known.map(lambda cell: safe_names([as_word(cell)])[0])


def _filled(read: pd.Series, known: pd.Series, column: Column) -> pd.Series:
    """Fill what was empty in the file, as in training; a value that cannot be read stays missing."""
    return read if column.fill is None else read.where(read.index.isin(known.index), column.fill)


def _check(is_known: np.ndarray, cells: pd.Series, expected: str) -> None:
    if not is_known.all():
        row = int(np.flatnonzero(~is_known)[0])
        what = f"row {row + 1} of the column {short(str(cells.name))!r} has an unknown value"
        raise DatasetError(what, expected=expected, received=short(str(cells.iloc[row])))
