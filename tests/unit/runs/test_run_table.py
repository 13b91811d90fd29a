"""The table of runs: who finds which, and how they are searched and sorted."""

import pytest

from core.errors import ConfigError
from core.runs.comparison.table import default_sort, in_order, matching, run_table, varying
from core.store import Status, Store
from tests.support.past_runs import ME, SOMEBODY_ELSE, PastRuns


@pytest.fixture
def past(store: Store) -> PastRuns:
    return PastRuns(store)


def test_an_actor_finds_their_own_runs_published_ones_and_those_of_the_command_line(
    store: Store, past: PastRuns
) -> None:
    mine, local = past.queued(name="mine"), past.queued(name="local", owner="local")
    hidden, shown = (past.queued(name=name, owner=SOMEBODY_ELSE) for name in ("hidden", "shown"))
    store.runs.publish(shown.id, True, SOMEBODY_ELSE)
    store.people.call(SOMEBODY_ELSE, "Bea")
    table = run_table(store, ME)
    assert list(table.index) == [shown.id, local.id, mine.id]
    assert list(table["owner"]) == ["Bea", "command line", "me"]
    assert set(run_table(store, "local").index) == {mine.id, local.id, hidden.id, shown.id}
    assert run_table(store, "nobody's").index.tolist() == [shown.id, local.id]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["c", "b", "a"]),
        ("B", ["b"]),
        ("batch_size>32", ["c"]),
        ("batch_size<=32 learning_rate=0.5", ["b"]),
        ("optimizer=SGD", ["a"]),
        ('data="mnist, 5,000 digits" a', ["a"]),
        ("status!=queued", []),
        ("test_accuracy_last>0.1", []),
    ],
)
def test_a_search_combines_words_and_comparisons(store: Store, past: PastRuns, search: str, found: list[str]) -> None:
    past.queued(name="a", changes=["batch_size=16", "optimizer=sgd"])
    past.queued(name="b", changes=["batch_size=32", "learning_rate=0.5"])
    past.queued(name="c", changes=["batch_size=64"])
    table = run_table(store, ME).assign(test_accuracy_last=None)
    assert list(matching(table, search)["name"]) == found


def test_a_search_for_no_column_or_an_order_of_words_is_one_sentence(store: Store, past: PastRuns) -> None:
    past.queued()
    table = run_table(store, ME)
    with pytest.raises(ConfigError, match="no run has a column 'batchsize'"):
        matching(table, "batchsize>3")
    with pytest.raises(ConfigError, match="compares no number"):
        matching(table, "optimizer>adam")


def test_runs_are_sorted_by_validation_first_and_those_without_come_last(store: Store, past: PastRuns) -> None:
    past.queued(name="none")
    table = run_table(store, ME)
    assert default_sort(table) == "created"
    assert run_table(store, "stranger").empty
    for name, value in (("low", 0.8), ("high", 0.9)):
        past.ended(Status.SUCCEEDED, name=name, summary={"val_accuracy_last": value, "test_accuracy_last": 1 - value})
    table = run_table(store, ME)
    assert default_sort(table) == "val_accuracy_last"
    assert list(in_order(table, "val_accuracy_last", ascending=False)["name"]) == ["high", "low", "none"]
    assert varying(table, ["batch_size", "learning_rate"]) == []
