"""Turn a table into training data: rows become vectors, one column becomes the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import natural_key, safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Vector
from core.datasets.spec import DataSpec
from core.datasets.tables.files import MOST_CELLS
from core.datasets.tables.inputs import Input, encode, finite, listed, mean_and_spread, say_filled
from core.datasets.tables.preparing import Preparation, settle
from core.datasets.tables.tables import MOST_CLASSES, as_numbers, as_word, find_column, known_values, row_hashes
from core.datasets.targets import Classes, Number, Target, count_labels
from core.errors import DatasetError

LEAST_ROWS = 10
LEAST_OF_CLASS = 2  # distinct rows: one for training, one for testing
TEST_SHARE = 0.2

Kind = Literal["category", "number"]


@dataclass(frozen=True)
class Learned:
    """Training data from a table.

    Args:
        arrays: `x_train x_test` float32 (rows, numbers), `y_train y_test` int64 or float32 (rows,).
        spec: Spec of the arrays.
        without_target: Number of rows left out because they have no target value.
        left_out: (column, reason) of each column left out.
        said: Sentences about what else was done.
    """

    arrays: Arrays
    spec: DataSpec
    without_target: int
    left_out: tuple[tuple[str, str], ...]
    said: tuple[str, ...]


def learn_from(
    frame: pd.DataFrame,
    target: str,
    as_kind: Kind,
    kinds: Mapping[str, str],
    seed: int = 0,
    prepared: Mapping[str, Mapping[str, str]] | None = None,
) -> Learned:
    """Make training data of a table, with a fifth of the rows of each class for testing.

    Columns of numbers stay numbers; words are one-hot encoded; dates become days, or words. All that is measured for
    this, such as the median that missing numbers become, is measured on training rows. Rows that are equal in every
    column stay on one side.

    Args:
        frame: Table from `read_table`.
        target: The column to predict.
        as_kind: Whether to predict a class or a number.
        kinds: Kind of each column, one of `KINDS`.
        seed: The same seed gives the same split.
        prepared: Column -> `way` and `empty` of its `Preparation`, where that is not as usual.

    Raises:
        DatasetError: There is no such column, too few rows or classes, or no usable input column.
    """
    frame = frame.reset_index(drop=True)
    truth = _truth(find_column(frame, target), as_kind)
    without_target = len(frame) - len(truth)
    ways = {name: settle(kinds[name], (prepared or {}).get(name)) for name in frame.columns if name != target}
    truth, dropped = _of_full_rows(truth, frame, ways)
    hashes = row_hashes(frame.loc[truth.index])
    truth, said = _of_large_classes(truth, hashes) if as_kind == "category" else (truth, [])
    _check_enough(truth, target, as_kind)
    frame, names = frame.loc[truth.index], sorted(truth.unique(), key=natural_key) if as_kind == "category" else []
    y = pd.Categorical(truth, names).codes.astype(np.int64) if names else truth.to_numpy()
    is_test = _drawn(y if names else np.zeros(len(y), np.int64), hashes.loc[truth.index].to_numpy(), seed)
    found = {name: encode(frame[name], kinds[name], way, is_test) for name, way in ways.items()}
    left_out = tuple((name, why) for name, why in found.items() if isinstance(why, str))
    inputs = [made for made in found.values() if isinstance(made, Input)]
    if not inputs:
        raise _nothing_helps(target, left_out)
    x = _numbers_of(inputs)
    arrays = {"x_train": x[~is_test], "y_train": y[~is_test], "x_test": x[is_test], "y_test": y[is_test]}
    learned: Target = Number(target, "", *mean_and_spread(arrays["y_train"]))
    if names:
        learned = Classes(safe_names(names), count_labels(arrays["y_train"], len(names)))
    spec = DataSpec(
        Vector(tuple(made.column for made in inputs)), learned, len(arrays["y_train"]), len(arrays["y_test"])
    )
    return Learned(arrays, spec, without_target, left_out, (*dropped, *said, *say_filled(inputs)))


# Target


def _truth(column: pd.Series, as_kind: Kind) -> pd.Series:
    """Return the target as words or float32 numbers, of the rows that have a value."""
    known = known_values(column)
    return known.map(as_word) if as_kind == "category" else finite(as_numbers(known)).dropna()


def _of_full_rows(
    truth: pd.Series, frame: pd.DataFrame, ways: Mapping[str, Preparation]
) -> tuple[pd.Series, list[str]]:
    """Leave out rows with an empty cell in a column that asks for that, and say so."""
    full = [name for name, way in ways.items() if way.empty == "drop"]
    is_full = pd.Series(True, truth.index)
    for name in full:
        is_full &= truth.index.isin(known_values(frame[name]).index)
    count = int((~is_full).sum())
    rows = "1 row was" if count == 1 else f"{count:,} rows were"
    said = f"{rows} left out for an empty cell, as chosen, in the columns: {listed(full)}."
    return truth[is_full], [said] if count else []


def _of_large_classes(truth: pd.Series, hashes: pd.Series) -> tuple[pd.Series, list[str]]:
    """Leave out classes that cannot be on both sides of the split, and say so."""
    different = hashes.groupby(truth).nunique()
    small = sorted(different.index[different < LEAST_OF_CLASS], key=natural_key)
    kept = truth[~truth.isin(small)]
    said = f"Classes with fewer than {LEAST_OF_CLASS} distinct rows are left out ({len(truth) - len(kept):,} rows)"
    return kept, [f"{said}: {listed(small)}."] if small else []


def _check_enough(truth: pd.Series, target: str, as_kind: Kind) -> None:
    classes, column = truth.nunique(), f"the column {short(target)!r}"
    if as_kind == "category" and classes < 2:
        expected = f"at least 2 classes with {LEAST_OF_CLASS} distinct rows each"
        raise DatasetError(f"there are too few classes in {column}", expected=expected, received=f"{classes}")
    if as_kind == "category" and classes > MOST_CLASSES:
        expected, received = f"at most {MOST_CLASSES}", f"{classes:,}"
        raise DatasetError(f"there are too many classes in {column}", expected=expected, received=received)
    if as_kind == "number" and classes < 2:
        raise DatasetError(f"there is nothing to predict in {column}", expected="at least 2 distinct numbers")
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


def _numbers_of(inputs: Sequence[Input]) -> np.ndarray:
    """Return float32 (rows, numbers)."""
    rows, width = len(inputs[0].cells), sum(len(found.column.numbers) for found in inputs)
    if rows * width > MOST_CELLS:
        received = f"{rows:,} rows of {width:,}"
        fix = "Use fewer rows, or leave out columns of words."
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
    reasons = "; ".join(f"{short(name)!r}: {why}" for name, why in left_out[:5])
    return DatasetError(
        f"no column is a usable input for predicting {short(target)!r}",
        expected="a column of numbers, or of a few repeated words",
        received=reasons or "no other column",
    )
