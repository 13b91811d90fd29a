"""Which rows questions about a table's columns are answered on, and what would change the answer to one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.families import config_of
from core.families.supervised.config import SupervisedConfig
from core.schedule.split import evenly_spread, training_rows
from core.store import Run

ENOUGH = 30  # validation rows that measure something
LOOKED_AT = 2_000  # training rows that tell what values a column has
USUAL = (0.05, 0.95)  # quantiles between which a number is varied
POINTS, MOST_TRIED = 15, 3_000  # values of a column, and changed rows in one question


def rows_to_measure(run: Run, data: Prepared, most: int) -> tuple[np.ndarray, bool]:
    """Return training rows that a network of a run is measured on, and whether they were held back from training.

    Test rows are never used: who leaves out columns by what was found would have chosen them by the test.

    Args:
        run: The run.
        data: Its data.
        most: The most rows.
    """
    config = config_of(run)
    if not isinstance(config, SupervisedConfig):
        return evenly_spread(np.arange(len(data.y_train)), most), False
    found = training_rows(config, np.asarray(data.y_train), *data.spec.drawn)
    is_held = len(found.validation) >= ENOUGH
    return evenly_spread(found.validation if is_held else found.learn, most), is_held


@dataclass(frozen=True, eq=False)
class Tried:
    """Rows that differ from one row in a single column.

    Args:
        rows: float32 (n, numbers).
        columns: Place of the column that differs, int (n,).
        values: What it has there, a number or the place of a word (n,).
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray


def looked_at(data: Prepared) -> np.ndarray:
    """Return evenly spread training rows, which tell what values columns have, (n, numbers)."""
    return np.array(data.x_train[evenly_spread(np.arange(len(data.y_train)), LOOKED_AT)])


def usual_values(features: Vector, x: np.ndarray) -> list[np.ndarray]:
    """Return values that each column usually has: all words, or numbers from its 5 % to its 95 % quantile.

    Args:
        features: The columns.
        x: Rows of the data, float32 (n, numbers).
    """
    points, found, at = max(3, min(POINTS, MOST_TRIED // len(features.columns))), [], 0
    for column in features.columns:
        numbers = np.unique(x[:, at]).astype(float)
        if column.values:
            numbers = np.arange(len(column.values), dtype=float)
        elif len(numbers) > points:
            low, high = np.quantile(x[:, at].astype(float), USUAL)
            numbers = np.linspace(low, high, points)
        found.append(numbers)
        at += len(column.numbers)
    return found


def try_changes(features: Vector, row: np.ndarray, values: Sequence[np.ndarray]) -> Tried:
    """Return a row with each column in turn changed to each of its values; the first is the row itself, column -1.

    Args:
        features: The columns.
        row: float32 (numbers,).
        values: Of each column, from `usual_values`.
    """
    rows, columns, tried, at = [row], [-1], [0.0], 0
    for place, (column, those) in enumerate(zip(features.columns, values, strict=True)):
        width = len(column.numbers)
        for value in those:
            changed = row.copy()
            changed[at : at + width] = np.eye(width)[int(value)] if column.values else value
            rows.append(changed)
            columns.append(place)
            tried.append(float(value))
        at += width
    return Tried(np.stack(rows).astype(np.float32), np.array(columns), np.array(tried))


@dataclass(frozen=True)
class Change:
    """A change of one column of a row, and the answer to it.

    Args:
        column: The column.
        value: What it has instead, a number or the place of a word.
        answer: Probabilities (classes,), or the number (1,).
        is_other: Whether the answer is another class.
    """

    column: Column
    value: float
    answer: np.ndarray
    is_other: bool


def changes_of_class(features: Vector, tried: Tried, answers: np.ndarray) -> list[Change]:
    """Return for each column the smallest change that makes another class the answer.

    If no usual value does, the one that lowers the probability of the answer most. Those that change the answer come
    first, then those that lower it most.

    Args:
        features, tried: As they were asked.
        answers: Probabilities (n, classes).
    """
    said = int(answers[0].argmax())
    found = []
    for place, column in enumerate(features.columns):
        mine = np.flatnonzero(tried.columns == place)
        others = mine[answers[mine].argmax(1) != said]
        if len(others) and not column.values:
            at = sum(len(one.numbers) for one in features.columns[:place])
            best = others[np.abs(tried.values[others] - tried.rows[0, at]).argmin()]
        else:
            best = mine[answers[mine, said].argmin()]
        found.append(Change(column, float(tried.values[best]), answers[best], bool(len(others))))
    return sorted(found, key=lambda one: (not one.is_other, float(one.answer[said])))


def changes_of_number(features: Vector, tried: Tried, answers: np.ndarray) -> list[tuple[Change, Change]]:
    """Return for each column its values with the lowest and the highest answer, those that are furthest apart first.

    Args:
        features, tried: As they were asked.
        answers: Numbers (n, 1).
    """
    found = []
    for place, column in enumerate(features.columns):
        mine = np.flatnonzero(tried.columns == place)
        ends = (mine[answers[mine, 0].argmin()], mine[answers[mine, 0].argmax()])
        low, high = (Change(column, float(tried.values[end]), answers[end], False) for end in ends)
        found.append((low, high))
    return sorted(found, key=lambda pair: float(pair[0].answer[0] - pair[1].answer[0]))
