"""Encode rows of a table for the networks of a data set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import safe_names
from core.datasets.features import Column, Vector
from core.datasets.tables.learn import MISSING
from core.datasets.tables.tables import as_numbers, as_word, find_column, known_values
from core.errors import DatasetError


def rows_of(frame: pd.DataFrame, features: Vector) -> np.ndarray:
    """Encode rows as float32 (rows, numbers); other columns than those of `features` are ignored.

    Raises:
        DatasetError: A column is missing, or a cell has a value that does not occur in the training data.
    """
    return np.concatenate([_numbers(find_column(frame, column.name), column) for column in features.columns], axis=1)


def _numbers(cells: pd.Series, column: Column) -> np.ndarray:
    """Return the encoding of one column, float32 (rows, numbers)."""
    known = known_values(cells)
    if not column.values:
        numbers: np.ndarray = as_numbers(known).reindex(cells.index).to_numpy(np.float32)
        _check(np.isfinite(numbers), cells, "a number")
        return numbers[:, None]
    words = known.map(lambda cell: safe_names([as_word(cell)])[0]).reindex(cells.index).fillna(MISSING)
    places = pd.Index(column.values).get_indexer(words)
    _check(places >= 0, cells, "one of " + ", ".join(map(short, column.values)))
    is_value: np.ndarray = np.eye(len(column.values), dtype=np.float32)[places]
    return is_value


def _check(is_known: np.ndarray, cells: pd.Series, expected: str) -> None:
    if not is_known.all():
        row = int(np.flatnonzero(~is_known)[0])
        what = f"row {row + 1} of the column {short(str(cells.name))!r} has an unknown value"
        raise DatasetError(what, expected=expected, received=short(str(cells.iloc[row])))
