"""Which rows are measured on, and what would change the answer to a row."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.families.mlp import PRESETS
from core.runs.examples.columns import (
    changes_of_class,
    changes_of_number,
    rows_to_measure,
    try_changes,
    usual_values,
)
from core.schedule.split import split_rows
from tests.support import tiny_table

TABLE = Vector((Column("age"), Column("town", ("Bonn", "Jena", "Ulm")), Column("rooms")))
X = np.array([[20 + n, n % 3 == 0, n % 3 == 1, n % 3 == 2, 1 + n % 4] for n in range(60)], np.float32)


def run_of(share: float) -> Any:
    config = replace(PRESETS["table"].config, validation_fraction=share)
    return SimpleNamespace(id="r", family="mlp", config=config.to_dict())


def test_words_are_all_tried_and_numbers_from_quantile_to_quantile() -> None:
    age, town, rooms = usual_values(TABLE, X)
    np.testing.assert_allclose(age[[0, -1]], np.quantile(X[:, 0], (0.05, 0.95)))
    assert (len(age), town.tolist(), rooms.tolist()) == (15, [0, 1, 2], [1, 2, 3, 4])


def test_a_row_is_changed_in_one_column_at_a_time() -> None:
    tried = try_changes(TABLE, X[4], usual_values(TABLE, X))
    assert tried.rows[0].tolist() == X[4].tolist()
    for row, place, value in zip(tried.rows[1:], tried.columns[1:], tried.values[1:], strict=True):
        parts = {0: slice(0, 1), 1: slice(1, 4), 2: slice(4, 5)}
        expected = np.eye(3)[int(value)] if place == 1 else [value]
        np.testing.assert_allclose(row[parts[place]], expected, rtol=1e-6)
        kept = np.delete(np.arange(5), np.r_[parts[place]])
        assert row[kept].tolist() == X[4][kept].tolist()


def test_the_smallest_change_that_makes_another_class_comes_first() -> None:
    tried = try_changes(TABLE, X[4], usual_values(TABLE, X))  # age 24 in Jena, 1 room
    yes = np.where(tried.rows[:, 0] > 50, 0.9, 0.1 + 0.02 * tried.rows[:, 4])
    first, *others = changes_of_class(TABLE, tried, np.stack([1 - yes, yes], 1))
    ages = usual_values(TABLE, X)[0]
    assert (first.column.name, first.is_other, first.value) == ("age", True, ages[ages > 50].min())
    assert [one.column.name for one in others] == ["rooms", "town"]
    assert (others[0].value, others[0].is_other) == (4, False)


def test_the_column_that_moves_a_number_furthest_comes_first() -> None:
    tried = try_changes(TABLE, X[4], usual_values(TABLE, X))
    price = 10 * tried.rows[:, 4] + 50 * tried.rows[:, 3] + 0.1 * tried.rows[:, 0]
    pairs = changes_of_number(TABLE, tried, price[:, None])
    assert [low.column.name for low, _ in pairs] == ["town", "rooms", "age"]
    low, high = pairs[1]
    assert (low.value, high.value) == (1, 4)


@pytest.mark.parametrize(("share", "held"), [(0.0, False), (0.1, False), (0.5, True)])
def test_rows_that_were_held_back_are_measured_on_if_there_are_enough(share: float, held: bool) -> None:
    spec, few = tiny_table.spec_of("rows of a number"), tiny_table.arrays(*tiny_table.KINDS["rows of a number"])
    arrays = {name: np.concatenate([part] * 3) for name, part in few.items()}
    data = Prepared("table", "version-1", replace(spec, train_size=90, test_size=33), **arrays)
    rows, is_held = rows_to_measure(run_of(share), data, 1000)
    learn, validation = split_rows(90, 0, share)
    assert is_held is held
    assert rows.tolist() == (validation if held else learn).tolist()
