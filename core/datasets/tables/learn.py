"""Tables that can be learned from: rows become lists of numbers, one column becomes what is to be predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import natural_key, safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Column, Vector
from core.datasets.spec import DataSpec
from core.datasets.tables.files import MOST_CELLS
from core.datasets.tables.tables import MOST_CLASSES, as_numbers, as_word, find_column, known_values, row_hashes
from core.datasets.targets import Classes, Number, Target, count_labels
from core.errors import DatasetError

LEAST_ROWS = 10
LEAST_OF_CLASS = 2  # different rows: one to learn from, one to test on
MOST_WORDS = 20  # different ones in a column
MISSING = "missing"  # the word for a cell without one
TEST_SHARE = 0.2
_DIGITS = 6  # of a mean or a spread
_LISTED = 5  # names in a sentence
_HOPELESS = {
    "identifier": "it is an identifier: each row has its own",
    "date": "dates are not learned from",
    "constant": "it has a single value",
}

Kind = Literal["category", "number"]


@dataclass(frozen=True)
class Learned:
    """What was made of a table.

    Args:
        arrays: `x_train x_test` float32 (rows, numbers), `y_train y_test` int64 or float32 (rows,).
        spec: What they are.
        without_target: Rows that were left out, for they have nothing to be predicted.
        left_out: (column, why) of each column that cannot help.
        said: Sentences on what else was done.
    """

    arrays: Arrays
    spec: DataSpec
    without_target: int
    left_out: tuple[tuple[str, str], ...]
    said: tuple[str, ...]


def learn_from(frame: pd.DataFrame, target: str, as_kind: Kind, kinds: Mapping[str, str], seed: int = 0) -> Learned:
    """Make arrays of a table: a fifth of the rows, as much of each class, is only tested on.

    Columns of numbers stay numbers, and what is missing in them is the median of the training rows. Each word of the
    other columns becomes a number of its own, 0 or 1. Rows that are equal in every column stay on one side.

    Args:
        frame: As `read_table` returns it.
        target: The column to be predicted.
        as_kind: As one of some classes, or as a number.
        kinds: Kind of each column, one of `KINDS`.
        seed: The same seed gives the same split.

    Raises:
        DatasetError: There is no such column, there are too few rows or classes, or no column can help.
    """
    frame = frame.reset_index(drop=True)
    truth = _truth(find_column(frame, target), as_kind)
    without_target = len(frame) - len(truth)
    hashes = row_hashes(frame.loc[truth.index])
    truth, said = _of_large_classes(truth, hashes) if as_kind == "category" else (truth, [])
    _check_enough(truth, target, as_kind)
    frame, names = frame.loc[truth.index], sorted(truth.unique(), key=natural_key) if as_kind == "category" else []
    y = pd.Categorical(truth, names).codes.astype(np.int64) if names else truth.to_numpy()
    is_test = _drawn(y if names else np.zeros(len(y), np.int64), hashes.loc[truth.index].to_numpy(), seed)
    found = {name: _input(frame[name], kinds[name], is_test) for name in frame.columns if name != target}
    left_out = tuple((name, why) for name, why in found.items() if isinstance(why, str))
    inputs = [made for made in found.values() if isinstance(made, _Input)]
    if not inputs:
        raise _nothing_helps(target, left_out)
    x = _numbers_of(inputs)
    arrays = {"x_train": x[~is_test], "y_train": y[~is_test], "x_test": x[is_test], "y_test": y[is_test]}
    learned: Target = Number(target, "", *_mean_and_spread(arrays["y_train"]))
    if names:
        learned = Classes(safe_names(names), count_labels(arrays["y_train"], len(names)))
    spec = DataSpec(
        Vector(tuple(made.column for made in inputs)), learned, len(arrays["y_train"]), len(arrays["y_test"])
    )
    return Learned(arrays, spec, without_target, left_out, (*said, *_said_of_filled(inputs)))


# What is to be predicted


def _truth(column: pd.Series, as_kind: Kind) -> pd.Series:
    """Return the words or float32 numbers to be predicted, of the rows that have one."""
    known = known_values(column)
    return known.map(as_word) if as_kind == "category" else _finite(as_numbers(known)).dropna()


def _finite(numbers: pd.Series) -> pd.Series:
    """Return numbers as float32; those that are too large for it are missing."""
    with np.errstate(over="ignore"):
        small = numbers.astype(np.float32)
    return small.where(np.isfinite(small))


def _of_large_classes(truth: pd.Series, hashes: pd.Series) -> tuple[pd.Series, list[str]]:
    """Leave out classes that cannot be both learned from and tested on, and say so."""
    different = hashes.groupby(truth).nunique()
    small = sorted(different.index[different < LEAST_OF_CLASS], key=natural_key)
    kept = truth[~truth.isin(small)]
    said = f"Left out are classes of fewer than {LEAST_OF_CLASS} different rows, {len(truth) - len(kept):,} rows in all"
    return kept, [f"{said}: {_listed(small)}."] if small else []


def _check_enough(truth: pd.Series, target: str, as_kind: Kind) -> None:
    classes, column = truth.nunique(), f"the column {short(target)!r}"
    if as_kind == "category" and classes < 2:
        what, expected = "nothing to tell apart", f"at least 2 classes of {LEAST_OF_CLASS} different rows each"
        raise DatasetError(f"there is {what} in {column}", expected=expected, received=f"{classes}")
    if as_kind == "category" and classes > MOST_CLASSES:
        expected, received = f"at most {MOST_CLASSES}", f"{classes:,}"
        raise DatasetError(f"there are too many classes in {column}", expected=expected, received=received)
    if as_kind == "number" and classes < 2:
        raise DatasetError(f"there is nothing to predict in {column}", expected="at least 2 different numbers")
    if len(truth) < LEAST_ROWS:
        what, expected = f"there are too few rows with a value in {column}", f"at least {LEAST_ROWS}"
        raise DatasetError(what, expected=expected, received=f"{len(truth)}")


# Training and test


def _drawn(labels: np.ndarray, hashes: np.ndarray, seed: int) -> np.ndarray:
    """Draw which rows are tested on, as large a share of each class: bool (rows,). Equal rows are of one class."""
    groups = pd.factorize(hashes)[0]  # in the order of the rows
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(sizes))
    in_test = np.zeros(len(sizes), bool)
    for label in range(labels.max() + 1):
        mine = order[labels[first[order]] == label]
        in_test[_fifth(mine, sizes[mine])] = True
    drawn: np.ndarray = in_test[groups]
    return drawn


def _fifth(groups: np.ndarray, sizes: np.ndarray) -> list[int]:
    """Return the first groups that together have about the wanted share of the rows; at least one, never all."""
    wanted, taken, chosen = TEST_SHARE * sizes.sum(), 0, []
    for group, size in zip(groups.tolist(), sizes.tolist(), strict=True):
        if size < 2 * (wanted - taken):  # with it the share is nearer than without
            chosen.append(group)
            taken += size
    return chosen or [int(groups[sizes.argmin()])]


# What it is predicted from


@dataclass(frozen=True)
class _Input:
    """A column, its cells (float32 numbers, or int64 places in its values), and how many were filled."""

    column: Column
    cells: np.ndarray
    filled: int = 0


def _input(column: pd.Series, kind: str, is_test: np.ndarray) -> _Input | str:
    """Return what a network learns from, or why the column cannot help."""
    if kind in _HOPELESS:
        return _HOPELESS[kind]
    return _number_column(column, is_test) if kind == "number" else _word_column(column)


def _number_column(column: pd.Series, is_test: np.ndarray) -> _Input | str:
    cells = _finite(as_numbers(known_values(column))).reindex(column.index)
    median = cells[~is_test].astype(float).median()
    if cells.nunique() <= 1:
        return _HOPELESS["constant"]
    if np.isnan(median):
        return "no row that is trained on has a number in it"
    numbers = cells.fillna(np.float32(median)).to_numpy()
    mean, spread = _mean_and_spread(numbers[~is_test])
    return _Input(Column(str(column.name), (), mean, spread), numbers, int(cells.isna().sum()))


def _word_column(column: pd.Series) -> _Input | str:
    words = known_values(column).map(as_word).reindex(column.index).fillna(MISSING)
    values = sorted(words.unique(), key=natural_key)
    if len(values) == 1:
        return _HOPELESS["constant"]
    if len(values) == len(words):
        return _HOPELESS["identifier"]
    if len(values) > MOST_WORDS:
        return f"it has {len(values):,} different words; a column may have {MOST_WORDS}"
    places = pd.Categorical(words, values).codes.astype(np.int64)
    return _Input(Column(str(column.name), safe_names(values)), places)


def _said_of_filled(inputs: Sequence[_Input]) -> tuple[str, ...]:
    names = [found.column.name for found in inputs if found.filled]
    if not names:
        return ()
    total = sum(found.filled for found in inputs)
    what = "1 cell without a number is" if total == 1 else f"{total:,} cells without a number are"
    return (f"{what} filled with the median of the training rows, in the columns: {_listed(names)}.",)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(short, names[:_LISTED])) + (", ..." if len(names) > _LISTED else "")


def _mean_and_spread(numbers: np.ndarray) -> tuple[float, float]:
    """Return mean and standard deviation, or 1 where that is 0, in few digits so that everybody computes the same."""
    mean, spread = (
        float(f"{value:.{_DIGITS}g}") for value in (np.mean(numbers, dtype=float), np.std(numbers, dtype=float))
    )
    return mean, spread or 1.0


def _numbers_of(inputs: Sequence[_Input]) -> np.ndarray:
    """Return float32 (rows, numbers)."""
    rows, width = len(inputs[0].cells), sum(len(found.column.numbers) for found in inputs)
    if rows * width > MOST_CELLS:
        received = f"{rows:,} rows of {width:,}"
        fix = "Bring fewer rows, or leave out columns of words."
        raise DatasetError(
            "the table becomes too many numbers", expected=f"at most {MOST_CELLS:,}", received=received, fix=fix
        )
    x, place = np.zeros((rows, width), np.float32), 0
    for found in inputs:
        if found.column.values:
            x[np.arange(rows), place + found.cells] = 1
        else:
            x[:, place] = found.cells
        place += len(found.column.numbers)
    return x


def _nothing_helps(target: str, left_out: Sequence[tuple[str, str]]) -> DatasetError:
    reasons = "; ".join(f"{short(name)!r}: {why}" for name, why in left_out[:_LISTED])
    return DatasetError(
        f"no column can help to predict {short(target)!r}",
        expected="a column of numbers, or of a few words that come again",
        received=reasons or "no other column",
    )
