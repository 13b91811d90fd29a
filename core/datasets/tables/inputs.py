"""Turn a column of a table into the numbers that a network learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import natural_key, safe_names
from core.datasets.features import Column
from core.datasets.tables.dates import DAYS, MISSING, NAMES, days_of, names_of
from core.datasets.tables.preparing import EMPTY, LEFT_OUT, Preparation
from core.datasets.tables.tables import as_dates, as_numbers, as_word, known_values

MOST_WORDS = 20  # distinct words in a column
OTHER = "other"  # word for all rarer words
HOPELESS = {
    "identifier": "it is an identifier: each row has its own value",
    "constant": "it has a single value",
    "ignored": "you chose to ignore it",
}
_DIGITS = 6  # significant digits of a mean or a standard deviation
_LISTED = 5  # names in a sentence
_NORMAL = 1.349  # quartiles apart of a normal distribution, in standard deviations


@dataclass(frozen=True)
class Input:
    """An encoded column.

    Args:
        column: How it was encoded.
        cells: float32 numbers, or int64 indices into its values (rows,).
        filled: Number of empty cells that were filled.
        empty: What they became, a key of `EMPTY`.
    """

    column: Column
    cells: np.ndarray
    filled: int = 0
    empty: str = ""


def encode(column: pd.Series, kind: str, prepared: Preparation, is_test: np.ndarray) -> Input | str:
    """Return an encoded column, or the reason to leave it out.

    Args:
        column: Cells of all rows.
        kind: One of `core.datasets.tables.tables.KINDS`.
        prepared: How to prepare it.
        is_test: Which rows are tested on, bool (rows,): nothing is measured on them.
    """
    if kind in HOPELESS or prepared.way == LEFT_OUT:
        return HOPELESS.get(kind, HOPELESS["ignored"])
    if kind == "date":
        return _of_dates(column, prepared, is_test)
    if kind == "number":
        return _of_numbers(column, finite(as_numbers(known_values(column))), prepared, is_test)
    words = known_values(column).map(as_word)
    return _of_words(Column(str(column.name)), words.reindex(column.index), prepared, is_test, kind == "category")


def finite(numbers: pd.Series) -> pd.Series:
    """Return numbers as float32; numbers beyond its range become missing."""
    with np.errstate(over="ignore"):
        small = numbers.astype(np.float32)
    return small.where(np.isfinite(small))


def mean_and_spread(numbers: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation (1 if it is 0), rounded so that every machine gets the same numbers."""
    return _rounded(np.mean(numbers, dtype=float)), _rounded(np.std(numbers, dtype=float)) or 1.0


def _rounded(value: float | np.floating) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _of_dates(column: pd.Series, prepared: Preparation, is_test: np.ndarray) -> Input | str:
    dates = as_dates(known_values(column))
    if prepared.way == DAYS:
        found = _of_numbers(column, days_of(dates).astype(np.float32), prepared, is_test)
        return replace(found, column=replace(found.column, date=DAYS)) if isinstance(found, Input) else found
    about = Column(str(column.name), NAMES[prepared.way], date=prepared.way)
    return _of_words(about, names_of(dates, prepared.way).reindex(column.index), prepared, is_test, True)


def _of_numbers(column: pd.Series, known: pd.Series, prepared: Preparation, is_test: np.ndarray) -> Input | str:
    cells = known.reindex(column.index)
    train = cells[~is_test].dropna().astype(float)
    if cells.nunique() <= 1:
        return HOPELESS["constant"]
    if train.empty:
        return "no training row has a number in it"
    filling = {"mean": train.mean(), "zero": 0.0}.get(prepared.empty, train.median())
    fill, filled = np.float32(filling), int(cells.isna().sum())
    numbers = cells.fillna(fill).to_numpy()
    mean, spread = mean_and_spread(numbers[~is_test])
    offset, divisor = _scaling(prepared.way, numbers[~is_test])
    about = Column(str(column.name), (), mean, spread, offset, divisor, float(fill) if filled else None)
    return Input(about, numbers, filled, prepared.empty)


def _scaling(way: str, numbers: np.ndarray) -> tuple[float | None, float | None]:
    """Return offset and divisor of a column of training rows; None for mean and standard deviation."""
    if way == "unchanged":
        return 0.0, 1.0
    if way == "zero_to_one":
        return _rounded(numbers.min()), _rounded(float(numbers.max()) - float(numbers.min())) or 1.0
    if way == "robust":
        low, middle, high = np.quantile(numbers.astype(float), (0.25, 0.5, 0.75))
        return _rounded(middle), _rounded((high - low) / _NORMAL) or 1.0
    return None, None


def _of_words(
    about: Column, words: pd.Series, prepared: Preparation, is_test: np.ndarray, may_gather: bool
) -> Input | str:
    """Return words as indices into their values, which are sorted unless `about` lists them.

    Args:
        about: The column, with its values if they are known.
        words: A word for each row, or nothing.
        prepared: What empty cells become.
        is_test: Which rows are tested on.
        may_gather: Whether rarer words than the commonest become one; else a column of too many words is left out.
    """
    empty, fill = int(words.isna().sum()), MISSING
    if empty and prepared.empty == "commonest" and (counts := words[~is_test].value_counts()).size:
        fill = str(counts.index[0])
    words = words.fillna(fill)
    found = words.unique()
    if len(found) == 1:
        return HOPELESS["constant"]
    if len(found) == len(words) and not about.values:
        return HOPELESS["identifier"]
    if len(found) > MOST_WORDS and not may_gather:
        return f"it has {len(found):,} distinct words; a column may have at most {MOST_WORDS}"
    other = ""
    if len(found) > MOST_WORDS:
        kept = words[~is_test].value_counts(sort=False).sort_values(ascending=False, kind="stable").index
        words, other = words.where(words.isin(kept[: MOST_WORDS - 1]), OTHER), OTHER
        found = words.unique()
    values = about.values or tuple(sorted(found, key=natural_key))
    values += (MISSING,) if MISSING in found and MISSING not in values else ()
    safe = dict(zip(values, safe_names(values), strict=True))
    about = replace(about, values=tuple(safe.values()), other=safe.get(other, ""), fill=safe[fill] if empty else None)
    places = pd.Categorical(words, values).codes.astype(np.int64)
    return Input(about, places, 0 if fill == MISSING else empty, prepared.empty)


def say_filled(inputs: Sequence[Input]) -> tuple[str, ...]:
    """Return sentences about empty cells that were filled, and words that were gathered."""
    said = []
    for empty in dict.fromkeys(found.empty for found in inputs if found.filled):
        those = [found for found in inputs if found.filled and found.empty == empty]
        total = sum(found.filled for found in those)
        noun = "word" if empty == "commonest" else "number"
        what = f"1 missing {noun} was" if total == 1 else f"{total:,} missing {noun}s were"
        by = EMPTY[empty] + (" of the training rows" if empty != "zero" else "")
        said.append(f"{what} replaced by {by}, in the columns: {listed([found.column.name for found in those])}.")
    if gathered := [found.column.name for found in inputs if found.column.other]:
        said.append(f"All but the {MOST_WORDS - 1} commonest words became one, in the columns: {listed(gathered)}.")
    return tuple(said)


def listed(names: Sequence[str]) -> str:
    """Return the first names, for a sentence."""
    return ", ".join(map(short, names[:_LISTED])) + (", ..." if len(names) > _LISTED else "")
