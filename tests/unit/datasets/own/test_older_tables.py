"""Tables that an older version has only described, when no network learned from tables, become usable as they lie."""

import shutil

import pytest

from core.datasets import find_dataset, open_prepared, usable
from core.datasets.own import own, removal
from core.datasets.own.as_dataset import awaits_target
from core.datasets.own.build import build
from core.errors import DatasetError
from core.settings import Settings
from tests.support.older_table import older_table

SEX = {"kinds": {}, "target": "sex", "as_kind": "category"}


def silent(words: str, share: float) -> None:
    """A progress that nobody looks at."""


def test_it_waits_for_a_choice_and_is_not_to_be_brought_again(settings: Settings) -> None:
    table = older_table(settings)
    assert awaits_target(settings, own.read_card(settings, table))
    assert find_dataset(settings, table).problem.startswith("This data has no target to predict yet.")
    assert table not in usable(settings, "ann")


def test_once_a_column_is_chosen_it_can_be_learned_from_and_stays_accepted(settings: Settings) -> None:
    table = older_table(settings)
    card = own.read_card(settings, table)
    build(settings, table, silent, {**card.options, **SEX})
    assert usable(settings, "ann")[table].spec.classes == ("f", "m")
    assert len(open_prepared(settings, table).x_train) == 16
    card = own.read_card(settings, table)
    assert card.accepted
    assert not awaits_target(settings, card)
    with pytest.raises(DatasetError, match="accepted meanwhile"):
        build(settings, table, silent, {**card.options, "target": "height", "as_kind": "number"})
    assert open_prepared(settings, table).spec.classes == ("f", "m")


def test_a_column_that_was_chosen_then_is_taken_by_the_next_preparation(settings: Settings) -> None:
    table = older_table(settings, target="height", as_kind="number")
    build(settings, table, silent)
    assert find_dataset(settings, table).problem == ""
    assert find_dataset(settings, table).spec.target.name == "height"


def test_a_choice_that_is_refused_costs_nothing(settings: Settings) -> None:
    table = older_table(settings)
    before = own.read_card(settings, table)
    with pytest.raises(DatasetError, match="sex"):
        build(settings, table, silent, {**before.options, **SEX, "as_kind": "number"})
    assert own.read_card(settings, table) == before
    assert awaits_target(settings, before)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_without_its_raw_file_there_is_nothing_to_choose(settings: Settings, is_deleted: bool) -> None:
    table = older_table(settings)
    if is_deleted:
        removal.delete(settings, table, "ann", has_runs=lambda: True)
    else:
        shutil.rmtree(own.raw(settings, table))
    assert not awaits_target(settings, own.read_card(settings, table))
    assert ("was deleted" if is_deleted else "Add it again.") in find_dataset(settings, table).problem
