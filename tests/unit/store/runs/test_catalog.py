"""Runs are named, starred, published, deleted and swept; nobody changes another's."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import NotAllowedError, RunError
from core.figures.colours import RUNS
from core.store import Run, Status, Store
from core.store.metrics import Checkpoint, Point, Snapshot
from core.store.records import LOCAL, NewRun
from core.store.runs.catalog import UNDO_S, Term
from core.store.runs.changes import LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS
from core.store.schema import metadata, runs

NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run")

CHANGES: dict[str, Callable[[Store, str, str], Any]] = {
    "rename": lambda store, run, actor: store.runs.rename(run, "new", actor),
    "annotate": lambda store, run, actor: store.runs.annotate(run, "new", actor),
    "tag": lambda store, run, actor: store.runs.tag(run, ["new"], actor),
    "colour": lambda store, run, actor: store.runs.colour(run, RUNS[0], actor),
    "star": lambda store, run, actor: store.runs.star(run, True, actor),
    "publish": lambda store, run, actor: store.runs.publish(run, True, actor),
    "delete": lambda store, run, actor: store.runs.delete(run, actor),
}


@pytest.fixture
def ended(store: Store) -> Run:
    return over(store)


def over(store: Store, **new: Any) -> Run:
    run = store.runs.submit(NewRun(**{**vars(NEW), **new}))
    return store.runs.stop(run.id, LOCAL)


def rows_of(store: Store, run_id: str) -> int:
    """Return how many rows of all tables name a run."""
    with store.engine.connect() as connection:
        counts = [
            connection.execute(sa.select(sa.func.count()).where(column == run_id)).scalar_one()
            for table in metadata.tables.values()
            for column in table.c
            if column is runs.c.id or any(key.column is runs.c.id for key in column.foreign_keys)
        ]
    return sum(counts)


def set_deleted(store: Store, run: Run, moment: float) -> None:
    with store.engine.begin() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == run.id).values(deleted=moment))


def test_the_owner_and_the_command_line_may_change_a_run(store: Store) -> None:
    for actor in ("ann", LOCAL):
        run = over(store)
        store.runs.rename(run.id, "  my \n best  ", actor)
        store.runs.annotate(run.id, " line 1\nline 2 ", actor)
        store.runs.star(run.id, True, actor)
        store.runs.publish(run.id, True, actor)
        now = store.runs.get(run.id)
        assert (now.name, now.note, now.starred, now.published) == ("my best", "line 1\nline 2", True, True)
        store.runs.star(run.id, False, actor)
        assert not store.runs.get(run.id).starred


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_else_may_change_a_run(store: Store, ended: Run, change: str) -> None:
    with pytest.raises(NotAllowedError, match="only its owner"):
        CHANGES[change](store, ended.id, "bob")
    assert store.runs.get(ended.id) == ended


@pytest.mark.parametrize("change", CHANGES)
def test_a_run_that_is_not_there_or_deleted_cannot_be_changed(store: Store, ended: Run, change: str) -> None:
    with pytest.raises(RunError, match="there is no run"):
        CHANGES[change](store, "nothing", "ann")
    store.runs.delete(ended.id, "ann")
    with pytest.raises(RunError, match="was deleted"):
        CHANGES[change](store, ended.id, "ann")


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_is_empty_or_too_long_is_refused(store: Store, ended: Run, name: str) -> None:
    with pytest.raises(RunError, match=f"1 to {LONGEST_NAME} characters"):
        store.runs.rename(ended.id, name, "ann")
    assert store.runs.get(ended.id).name == ended.name


def test_the_longest_name_and_note_are_kept_and_longer_notes_refused(store: Store, ended: Run) -> None:
    store.runs.rename(ended.id, "x" * LONGEST_NAME, "ann")
    store.runs.annotate(ended.id, "y" * LONGEST_NOTE, "ann")
    with pytest.raises(RunError, match="at most 2,000 characters"):
        store.runs.annotate(ended.id, "z" * (LONGEST_NOTE + 1), "ann")
    assert len(store.runs.get(ended.id).note) == LONGEST_NOTE
    store.runs.annotate(ended.id, "", "ann")
    assert store.runs.get(ended.id).note == ""


def test_stars_come_first_and_publishing_is_a_choice(store: Store) -> None:
    first, second, third = (over(store, name=name) for name in ("first", "second", "third"))
    store.runs.star(first.id, True, "ann")
    store.runs.publish(second.id, True, "ann")
    names = [run.name for run in store.runs.list(starred_first=True)]
    assert names == ["first", "third", "second"]
    assert [run.id for run in store.runs.list(published=True)] == [second.id]
    assert [run.id for run in store.runs.list()] == [third.id, second.id, first.id]
    assert store.runs.list(others_than=["ann"]) == []


def test_only_a_run_that_has_ended_can_be_deleted(store: Store, claimed: Run) -> None:
    waiting = store.runs.submit(NEW)
    for run in (claimed, waiting):
        with pytest.raises(RunError, match="has not ended"):
            store.runs.delete(run.id, "ann")
        assert store.runs.get(run.id).deleted is None


def test_a_deleted_run_is_nowhere_but_can_be_brought_back(store: Store, ended: Run) -> None:
    store.runs.delete(ended.id, "ann")
    assert store.runs.list() == []
    assert [run.id for run in store.runs.list(undoable=True)] == [ended.id]
    with pytest.raises(RunError, match=f"run {ended.id} was deleted"):
        store.runs.get(ended.id)
    with pytest.raises(NotAllowedError):
        store.runs.undelete(ended.id, "bob")
    store.runs.undelete(ended.id, "ann")
    back = store.runs.get(ended.id)
    assert replace(back, heartbeat=ended.heartbeat) == ended


def test_a_deleted_run_does_not_go_on(store: Store, ended: Run) -> None:
    store.runs.delete(ended.id, "ann")
    with pytest.raises(RunError):
        store.runs.resume(ended.id, "ann")
    assert store.runs.move(ended.id, Status.QUEUED) is None
    assert not store.runs.claimable("train")


def test_too_late_is_too_late(store: Store, ended: Run) -> None:
    set_deleted(store, ended, time.time() - UNDO_S - 1)
    assert store.runs.list(undoable=True) == []
    with pytest.raises(RunError, match="cannot be restored"):
        store.runs.undelete(ended.id, "ann")
    with pytest.raises(RunError, match="cannot be restored"):
        store.runs.undelete("nothing", "ann")


def test_a_sweep_takes_all_rows_and_files_of_what_was_deleted_and_nothing_else(store: Store) -> None:
    gone, kept = over(store), over(store)
    child = store.runs.submit(NewRun(**{**vars(NEW), "after": gone.id}))
    with store.engine.begin() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == child.id).values(parent=gone.id))
    for run in (gone, kept):
        store.metrics.append(run.id, [Point(0, 0, 0.0, {"loss": 1.0})])
        store.metrics.add_snapshot(run.id, Snapshot(0, 0, 0.0))
        store.metrics.add_checkpoint(run.id, Checkpoint(0, "x", True))
        store.files(run.id).write_json("config", {})
    store.runs.delete(gone.id, "ann")
    before = rows_of(store, kept.id)
    store.sweep(time.time() + UNDO_S - 1)
    assert rows_of(store, gone.id) > 3  # it can still be brought back
    store.sweep(time.time() + UNDO_S + 1)
    assert rows_of(store, gone.id) == 0
    assert rows_of(store, kept.id) == before
    assert (store.runs.get(child.id).after, store.runs.get(child.id).parent) == (None, None)
    assert not store.files(gone.id).folder.exists()
    assert store.files(kept.id).folder.exists()


def test_a_curve_has_few_points_evenly_over_all_and_its_ends(store: Store, ended: Run) -> None:
    other = over(store)
    for start in range(0, 5000, 1000):  # two runs that write in turns
        for run in (ended, other):
            points = [Point(n, 0, n / 10, {"accuracy": n / 5000}) for n in range(start, start + 1000)]
            store.metrics.append(run.id, points)
    store.metrics.append(ended.id, [Point(4999, 1, 500.0, {"val_accuracy": 0.5})])
    curve = store.metrics.curve(ended.id, "accuracy", most=40)
    steps = [step for step, _ in curve]
    assert 20 <= len(curve) <= 40
    assert steps[0] == 0
    assert steps == sorted(set(steps))
    assert all(value == step / 5000 for step, value in curve)
    assert store.metrics.curve("nothing", "accuracy") == []


def test_people_are_called_what_they_say(store: Store) -> None:
    assert store.people.nickname("ann") == ""
    store.people.call("ann", "  Ada  Lovelace ")
    store.people.call("bob", "Bob")
    assert (store.people.nickname("ann"), store.people.nickname("bob")) == ("Ada Lovelace", "Bob")
    store.people.call("ann", "Countess")
    assert store.people.nickname("ann") == "Countess"
    with pytest.raises(RunError, match="at most 40 characters"):
        store.people.call("ann", "x" * 41)
    store.people.call("ann", "")
    assert store.people.nickname("ann") == ""


# Found


def test_a_run_is_found_by_words_in_its_name_its_note_its_data_and_its_family(store: Store) -> None:
    def made(name: str, note: str = "", **new: Any) -> str:
        run = over(store, name=name, **new)
        store.runs.annotate(run.id, note, LOCAL)
        return run.id

    best, plain = made("Deep 100 % net", "the BEST so far", family="cnn"), made("deep_er", family="gan")
    cifar, others = made("a third", dataset="cifar10"), made("deep, but another's", owner="bob")

    def found(*terms: Term) -> list[str]:
        runs = store.runs.list(owners=["ann"], search=terms)
        assert store.runs.count(owners=["ann"], search=terms) == len(runs)
        return [run.id for run in runs]

    assert found() == [cifar, plain, best]
    assert found(Term("DEEP")) == [plain, best]
    assert found(Term("deep"), Term("best")) == [best]
    assert found(Term("100 %")) == [best]  # signs that SQL knows are signs
    assert found(Term("p_e")) == [plain]
    assert found(Term("/")) == []
    assert found(Term("objects", datasets=["cifar10"])) == [cifar]
    assert found(Term("fight", families=["gan"])) == [plain]
    assert store.runs.count() == 4
    assert [run.id for run in store.runs.list(offset=1, limit=2)] == [cifar, plain]
    assert others not in found(Term("deep"))


def test_a_run_keeps_each_tag_once_in_the_order_given(store: Store) -> None:
    run = over(store)
    store.runs.tag(run.id, [" first  try ", "baseline", "", "First try"], "ann")
    assert store.runs.get(run.id).tag_names == ["first try", "baseline"]
    store.runs.tag(run.id, [], "ann")
    assert store.runs.get(run.id).tag_names == []


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        (["a" * (LONGEST_TAG + 1)], "a tag has the wrong length"),
        (["a,b"], "cannot have a comma"),
        ([str(n) for n in range(MOST_TAGS + 1)], "too many tags"),
    ],
)
def test_tags_that_are_too_long_too_many_or_hold_a_comma_are_refused(store: Store, tags: list[str], why: str) -> None:
    run = over(store)
    with pytest.raises(RunError, match=why):
        store.runs.tag(run.id, tags, "ann")
    assert store.runs.get(run.id).tags == ""


def test_a_run_has_one_of_the_colours_or_none(store: Store) -> None:
    run = over(store)
    store.runs.colour(run.id, RUNS[4], "ann")
    assert store.runs.get(run.id).colour == RUNS[4]
    with pytest.raises(RunError, match="cannot have this colour"):
        store.runs.colour(run.id, "red", "ann")
    store.runs.colour(run.id, "", "ann")
    assert store.runs.get(run.id).colour == ""
