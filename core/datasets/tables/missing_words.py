"""Words such as NA and None: missing values among numbers and dates, ordinary words among words."""

from __future__ import annotations

import re

import pandas as pd

# pandas' defaults except the empty cell, which is always missing.
MISSING_WORDS = frozenset(
    {
        *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
        *("<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)
_NUMBER_LIKE = re.compile(r"[-+]?[.,]?\d|[-+]?inf(inity)?$", re.IGNORECASE)  # a number, a date or a time


def settle_missing_words(frame: pd.DataFrame, decimal: str = ".") -> pd.DataFrame:
    """Mark cells such as NA as missing in each column whose other cells are numbers or dates.

    Args:
        frame: Table in which only empty cells are missing; changed in place.
        decimal: Decimal separator of numbers in texts.

    Returns:
        The same frame.
    """
    for place, kind in enumerate(frame.dtypes):
        if kind.kind == "O":  # texts, or a mixture
            column = frame.iloc[:, place]
            settled = _settled(column, decimal)
            if settled is not column:
                frame.isetitem(place, settled)
    return frame


def _settled(column: pd.Series, decimal: str) -> pd.Series:
    words = column.isin(MISSING_WORDS)
    rest = column[~words].dropna()
    if not words.any() or rest.empty or not all(map(_is_number_like, rest)):
        return column
    known = column.mask(words)
    if not isinstance(column.dtype, pd.StringDtype):
        return known.infer_objects()
    try:
        return pd.to_numeric(known.str.replace(decimal, ".", regex=False) if decimal != "." else known)
    except ValueError:  # dates
        return known


def _is_number_like(value: object) -> bool:
    return not isinstance(value, str) or _NUMBER_LIKE.match(value.strip()) is not None
