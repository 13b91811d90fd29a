"""Read columns of numbers with marks between thousands, such as 1.234,56 or 1,234.56, which pandas leaves as text."""

from __future__ import annotations

import re

import pandas as pd

# Mark between thousands, and decimal mark.
_APOSTROPHES, _GAPS = ("'", "\N{RIGHT SINGLE QUOTATION MARK}"), (" ", "\N{NO-BREAK SPACE}")
_WAYS = (
    (".", ","),
    (",", "."),
    *((mark, ".") for mark in _APOSTROPHES),
    *((mark, decimal) for mark in _GAPS for decimal in ",."),
)


def read_thousands(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text columns are numbers where every cell is one, written the same way.

    A column is read only if a cell has both marks or two groups of thousands: 1.234 alone may mean either.
    """
    texts = [place for place, kind in enumerate(frame.dtypes) if kind in (object, "str", "string")]
    columns = {place: _numbers(frame.iloc[:, place]) for place in texts}
    if all(column is None for column in columns.values()):
        return frame
    parts = [frame.iloc[:, place] if columns.get(place) is None else columns[place] for place in range(frame.shape[1])]
    found = pd.concat(parts, axis=1)
    found.columns = frame.columns
    return found


def _numbers(column: pd.Series) -> pd.Series | None:
    known = column.dropna()
    if known.empty or not all(isinstance(cell, str) for cell in known.head(100)):
        return None
    texts = known.astype(str).str.strip()
    for mark, decimal in _WAYS:
        group, point = re.escape(mark), re.escape(decimal)
        whole = rf"[+-]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{point}\d+)?"
        sure = rf"[+-]?\d{{1,3}}(?:{group}\d{{3}}(?:{point}\d+|{group}\d{{3}}))"
        if not texts.head(100).str.fullmatch(whole).all() or not texts.str.fullmatch(whole).all():
            continue
        if not texts.str.match(sure).any():
            continue
        plain = texts.str.replace(mark, "", regex=False).str.replace(decimal, ".", regex=False)
        return plain.astype(float).reindex(column.index)
    return None
