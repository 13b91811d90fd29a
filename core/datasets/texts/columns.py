"""Which column of a table holds texts, and which one their class or number."""

from __future__ import annotations

import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.tables.cells import LABEL_NAMES
from core.datasets.tables.tables import as_numbers, as_word, describe_table, known_values, proposed_kind
from core.errors import DatasetError

_WORDS = frozenset((*LABEL_NAMES, "sentiment", "category", "language", "topic", "kind", "rating", "stars", "score"))


def text_column(frame: pd.DataFrame, name: str, text: str | None, target: str | None) -> tuple[str, str]:
    """Return the column of texts and that of answers: those that were chosen, or else those that look right.

    Texts are the longest of all words; an answer has a usual name, or else the fewest different values.

    Raises:
        DatasetError: A column does not exist, both are the same, or the table has only one.
    """
    columns = [str(column) for column in frame.columns]
    for what, column in (("text", text), ("answer", target)):
        if column is not None and column not in columns:
            listed = ", ".join(map(short, columns[:10]))
            raise DatasetError(f"{short(name)} has no column {short(column)!r} for the {what}", received=listed)
    if len(columns) < 2 or (text is not None and text == target):
        listed = ", ".join(map(short, columns[:10]))
        raise DatasetError(f"{short(name)} needs a column of texts and another of answers", received=listed)
    lengths = {column: known_values(frame[column]).astype(str).str.len().mean() for column in columns}
    text = text or max((column for column in columns if column != target), key=lambda column: lengths[column] or 0)
    others = [column for column in columns if column != text]
    usual = [column for column in others if column.strip().lower() in _WORDS]
    distinct = {column: known_values(frame[column]).nunique() for column in others}
    fewest = min(others, key=lambda column: (distinct[column] < 2, distinct[column]))
    return text, target or next(iter(usual), fewest)


def answers_of(column: pd.Series, name: str, as_kind: str | None) -> tuple[pd.Series, str, int]:
    """Return the answers of the rows that have one, whether they are classes or numbers, and how many have none.

    Raises:
        DatasetError: No row has one, or a number is asked for and a value is none.
    """
    known, title = known_values(column), short(str(column.name))
    if known.empty:
        raise DatasetError(f"the column {title!r} of {short(name)} is empty", fix="Choose another column.")
    [check] = describe_table(column.to_frame()).columns
    as_kind = as_kind or proposed_kind(check.kind)
    if as_kind != "number":
        return known.map(as_word), "category", len(column) - len(known)
    numbers = as_numbers(known)
    if numbers.isna().any():
        received = f"{short(as_word(known[numbers.isna()].iloc[0]))!r}"
        raise DatasetError(f"the column {title!r} of {short(name)} has values that are no numbers", received=received)
    return numbers, as_kind, len(column) - len(known)


def texts_of(column: pd.Series) -> list[str]:
    """Return cells as texts; an empty cell is an empty text."""
    return ["" if missing else str(cell) for cell, missing in zip(column, column.isna(), strict=True)]
