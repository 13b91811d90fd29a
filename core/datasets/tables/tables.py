"""Describe the columns of a table and check a target."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.archives.archives import natural_key
from core.datasets.archives.zips import LIMITS, short
from core.errors import DatasetError

MOST_CLASSES = LIMITS.most_classes

KINDS = ("number", "category", "text", "date", "identifier", "constant", "ignored")
EXAMPLES = 5
_DATE_FORMATS = ("ISO8601", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M")
_ID_NAME = re.compile(r"(^|[ _.-])(id|index|idx|key|uuid|nr|number)$|[a-z]I[dD]$|^Unnamed", re.IGNORECASE)
_FEW = 10  # in so few rows all values may differ without being identifiers


# Describing


@dataclass(frozen=True)
class ColumnCheck:
    """Description of a column.

    Args:
        name: Name of the column.
        kind: One of `KINDS`, guessed or chosen.
        missing: Cells without a value.
        distinct: Number of distinct values.
        examples: The first five distinct values.
        low, high: Range of a column of numbers.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    examples: tuple[str, ...]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class TableCheck:
    """Description of a table.

    Args:
        rows: Number of rows.
        duplicates: Rows that repeat an earlier one in every column.
        columns: Each column, in order.
    """

    rows: int
    duplicates: int
    columns: tuple[ColumnCheck, ...]


@dataclass(frozen=True)
class TargetCheck:
    """Description of a target column.

    Args:
        column: Name of the column.
        kind: "category" or "number".
        rows: Rows with a value.
        missing: Rows without a value, which will be left out.
        classes: (name, rows) of each class, in natural order; empty for a number.
        low, high: Range of a number.
        problems: Sentences about problems; empty if there are none.
        leaks: Sentences about columns that give it away.
    """

    column: str
    kind: str
    rows: int
    missing: int
    classes: tuple[tuple[str, int], ...]
    low: float | None
    high: float | None
    problems: tuple[str, ...]
    leaks: tuple[str, ...] = ()


def describe_table(frame: pd.DataFrame, kinds: Mapping[str, str] | None = None) -> TableCheck:
    """Describe each column of a table.

    Args:
        frame: Table from `read_table`.
        kinds: Column -> kind, replacing the guess.

    Raises:
        DatasetError: A kind or column is unknown, or a value does not fit the chosen kind.
    """
    kinds = kinds or {}
    for column in kinds:
        find_column(frame, column)
    columns = tuple(_describe(frame[column], kinds.get(column)) for column in frame.columns)
    return TableCheck(len(frame), int(row_hashes(frame).duplicated().sum()), columns)


def _describe(column: pd.Series, chosen: str | None) -> ColumnCheck:
    known = known_values(column)
    if chosen is not None:
        _check_fits(str(column.name), known, chosen)
    distinct = int(known.nunique())
    kind = chosen or _guess(str(column.name), known, distinct)
    low, high = _range(known) if kind == "number" else (None, None)
    examples = tuple(short(as_word(value)) for value in known.drop_duplicates().head(EXAMPLES))
    return ColumnCheck(str(column.name), kind, len(column) - len(known), distinct, examples, low, high)


def row_hashes(frame: pd.DataFrame) -> pd.Series:
    """Return a hash of each row, uint64 (rows,), equal where rows are equal in every column."""
    simple = pd.DataFrame({place: _hashable(frame.iloc[:, place]) for place in range(frame.shape[1])})
    return pd.util.hash_pandas_object(simple, index=False)


def _hashable(column: pd.Series) -> pd.Series:
    return column.astype(str) if column.dtype == object else column


def _is_plain(column: pd.Series) -> bool:
    """Return whether its values are already numbers, booleans or dates."""
    kinds = pd.api.types
    tests = (kinds.is_numeric_dtype, kinds.is_bool_dtype, kinds.is_datetime64_any_dtype)
    return any(is_such(column) for is_such in tests)


def known_values(column: pd.Series) -> pd.Series:
    """Return the values that are not missing, texts stripped; empty texts count as missing."""
    column = column.dropna()
    if _is_plain(column):
        return column
    texts = column.astype(str).str.strip()
    return texts[texts != ""]


def as_numbers(known: pd.Series) -> pd.Series:
    """Return values as float64; dates and texts that are not numbers become NaN."""
    if pd.api.types.is_datetime64_any_dtype(known):
        return pd.Series(np.nan, known.index)
    return known.astype(float) if _is_plain(known) else pd.to_numeric(known, errors="coerce").astype(float)


def as_dates(known: pd.Series) -> pd.Series:
    """Return values as dates, parsed in the one format that fits most texts; numbers become NaT."""
    if pd.api.types.is_datetime64_any_dtype(known):
        return known
    if _is_plain(known):
        return pd.Series(pd.NaT, known.index)
    sample = known.head(100)
    fitting = {form: int(_parsed(sample, form).notna().sum()) for form in _DATE_FORMATS}
    best = [form for form, number in fitting.items() if number == max(fitting.values())]  # 1/2/2003 fits two
    return max((_parsed(known, form) for form in best), key=lambda dates: int(dates.notna().sum()))


def _parsed(texts: pd.Series, form: str) -> pd.Series:
    return pd.to_datetime(texts, format=form, errors="coerce", utc=True)


def _range(known: pd.Series) -> tuple[float | None, float | None]:
    finite = as_numbers(known).to_numpy()
    finite = finite[np.isfinite(finite)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (None, None)


def _guess(name: str, known: pd.Series, distinct: int) -> str:
    if distinct <= 1:
        return "constant"
    if pd.api.types.is_bool_dtype(known):
        return "category"
    if _all_fit(known, as_numbers):
        return _guess_number(name, as_numbers(known), distinct)
    if _all_fit(known, as_dates):
        return "date"
    return _guess_text(known.astype(str), distinct)


def _all_fit(known: pd.Series, convert: Callable[[pd.Series], pd.Series]) -> bool:
    return bool(convert(known.head(100)).notna().all() and convert(known).notna().all())


def _guess_number(name: str, numbers: pd.Series, distinct: int) -> str:
    """Guess "category" for few repeated whole numbers, "identifier" for distinct ones that count up, else "number"."""
    whole = bool(np.isfinite(numbers).all() and (numbers % 1 == 0).all())
    if whole and len(numbers) > _FEW and distinct == len(numbers):
        counts_on = bool((numbers.diff().iloc[1:] == 1).all())
        if counts_on or _ID_NAME.search(name):
            return "identifier"
    return "category" if whole and distinct <= 10 and distinct * 20 <= len(numbers) else "number"


def _guess_text(texts: pd.Series, distinct: int) -> str:
    if len(texts) > _FEW and distinct == len(texts) and not texts.str.contains(r"\s", regex=True).any():
        return "identifier"
    is_short = texts.str.len().mean() <= 40
    return "category" if is_short and distinct <= max(10, min(1000, len(texts) // 2)) else "text"


def _check_fits(name: str, known: pd.Series, kind: str) -> None:
    """Refuse a kind that a value does not fit."""
    misfits: dict[str, Callable[[], pd.Series]] = {
        "number": lambda: as_numbers(known).isna(),
        "date": lambda: as_dates(known).isna(),
        "identifier": known.duplicated,
        "constant": lambda: known != known.iloc[0] if len(known) else known.isna(),
        "category": lambda: pd.Series(False, known.index),
        "text": lambda: pd.Series(False, known.index),
        "ignored": lambda: pd.Series(False, known.index),
    }
    if kind not in misfits:
        raise DatasetError(f"there is no kind {short(kind)!r}", expected="one of " + ", ".join(KINDS))
    wrong = known[misfits[kind]()]
    if len(wrong):
        raise DatasetError(
            f"the column {short(name)!r} does not fit the kind {kind}",
            received=f"{short(as_word(wrong.iloc[0]))!r} in row {int(wrong.index[0]) + 1:,}",
            fix="Choose another kind, or correct the value.",
        )


def as_word(value: object) -> str:
    """Return a value as text: 3 for 3.0, a date without midnight."""
    if isinstance(value, float | np.floating) and (number := float(value)).is_integer() and abs(number) < 2**53:
        return str(int(number))
    return str(value).removesuffix(" 00:00:00")


# A target


def check_target(frame: pd.DataFrame, column: str, as_kind: Literal["category", "number"]) -> TargetCheck:
    """Describe a column as a target and list its problems.

    Args:
        frame: Table from `read_table`.
        column: Name of the column.
        as_kind: Whether to predict a class or a number.

    Raises:
        DatasetError: There is no such column, it has no values, or its values do not fit `as_kind`.
    """
    known = known_values(find_column(frame, column))
    if as_kind not in ("category", "number"):
        raise DatasetError(f"a target cannot be a {short(as_kind)}", expected="a category or a number")
    _check_fits(column, known, as_kind)
    if known.empty:
        raise DatasetError(f"the column {short(column)!r} has no values", fix="Choose another target.")
    counts = Counter(known.map(as_word)) if as_kind == "category" else Counter()
    low, high = _range(known) if as_kind == "number" else (None, None)
    if as_kind == "number" and low is None:
        raise DatasetError(f"the column {short(column)!r} has no finite numbers", fix="Choose another target.")
    missing = len(frame) - len(known)
    problems = [f"{_of(missing, len(frame))} no value in {short(column)!r} and will be left out."] if missing else []
    problems += _class_problems(counts, known) if counts else _number_problems(known)
    problems += _identifier_problems(column, known, as_kind)
    leaks = tuple(_leaks(frame, column, known))
    classes = tuple(sorted(counts.items(), key=lambda item: natural_key(item[0])))
    return TargetCheck(column, as_kind, len(known), missing, classes, low, high, tuple(problems), leaks)


def proposed_kind(kind: str) -> Literal["category", "number"]:
    """Return how to predict a column of a kind (one of `KINDS`) by default."""
    return "number" if kind == "number" else "category"


def find_column(frame: pd.DataFrame, column: str) -> pd.Series:
    """Return the column with this name.

    Raises:
        DatasetError: There is none.
    """
    if column not in frame.columns:
        received = ", ".join(list(frame.columns)[:10])
        raise DatasetError(f"there is no column {short(column)!r}", received=received)
    return frame[column]


def _of(number: int, total: int) -> str:
    return f"{number:,} of {total:,} rows {'has' if number == 1 else 'have'}"


def _class_problems(counts: Counter[str], known: pd.Series) -> list[str]:
    problems = []
    if len(counts) == 1:
        problems.append(f"Every row has the class {short(next(iter(counts)))!r}: there is nothing to predict.")
    if len(counts) > MOST_CLASSES:
        problems.append(f"There are {len(counts):,} classes; at most {MOST_CLASSES} can be predicted.")
    single = sorted((name for name, number in counts.items() if number == 1), key=natural_key)
    if single and len(single) < len(known):
        some = ", ".join(repr(short(name)) for name in single[:5]) + (", ..." if len(single) > 5 else "")
        which = f"The class {some} has" if len(single) == 1 else f"{len(single):,} classes have"
        listed = "" if len(single) == 1 else f": {some}"
        problems.append(f"{which} only one row, which cannot be in both training and test{listed}.")
    return problems


def _number_problems(known: pd.Series) -> list[str]:
    numbers = as_numbers(known)
    infinite = int(np.isinf(numbers).sum())
    problems = [f"{_of(infinite, len(known))} an infinite value."] if infinite else []
    if numbers.nunique() == 1:
        problems.append(f"Every row has the value {as_word(numbers.iloc[0])}: there is nothing to predict.")
    return problems


def _identifier_problems(column: str, known: pd.Series, kind: str) -> list[str]:
    distinct = int(known.nunique())
    all_differ = kind == "category" and distinct == len(known) > 1
    if not all_differ and _guess(column, known, distinct) != "identifier":
        return []
    return [f"{short(column)!r} looks like an identifier: each row has its own value, so there is nothing to learn."]


def look_like_identifiers(frame: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Say which of these columns, inputs by their owner's choice, look like identifiers."""
    known = {name: known_values(frame[name]) for name in columns}
    return [
        f"{short(name)!r} looks like an identifier: a network could learn its rows by heart. Set its kind to ignored."
        for name, values in known.items()
        if _guess(name, values, int(values.nunique())) == "identifier"
    ]


def _leaks(frame: pd.DataFrame, column: str, known: pd.Series) -> list[str]:
    """Name the columns that give the target away: with the same values, or one-to-one with them."""
    return [
        f"{short(str(name))!r} gives away {short(column)!r}: with it among the inputs there is nothing to learn. "
        "Set its kind to ignored."
        for name in frame.columns
        if name != column and _gives_away(known_values(frame[name].loc[known.index]), known)
    ]


def _gives_away(other: pd.Series, known: pd.Series) -> bool:
    if len(other) < len(known) or known.nunique() <= 1:
        return False
    few = slice(0, 1000)  # most columns differ early
    for part in (few, slice(None)):
        ours, theirs = pd.factorize(known.iloc[part])[0], pd.factorize(other.iloc[part])[0]
        if not np.array_equal(ours, theirs):
            return False
    repeats = int(ours.max()) + 1 <= len(ours) // 2  # else any two columns of distinct values would match
    return repeats or bool((known.map(as_word) == other.map(as_word)).all())
