"""Whose turn it is: a visitor who queues much makes nobody wait for all of it."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL, SERVER, NewRun
from core.store.runs.places import Place, in_order
from core.store.schema import runs, slots, turns

NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run")
PREPARE = NewRun(kind="prepare", dataset="mnist_5k", owner=SERVER, name="Prepare", subject="mnist_5k")


def queue(store: Store, owners: str, **new: Any) -> list[Run]:
    return [store.runs.submit(replace(NEW, owner=owner, **new)) for owner in owners]


def serve(store: Store) -> Run | None:
    """Let a worker take the next run and be done with it."""
    run = store.runs.claim("train", host="here", slot="train-0", pid=1)
    if run is not None:
        store.runs.move(run.id, Status.SUCCEEDED)
    return run


def served(store: Store) -> list[Run]:
    return list(iter(lambda: serve(store), None))


def test_owners_take_turns_and_each_is_served_by_age(store: Store) -> None:
    first, second, third, bob, carl, late = queue(store, "aaabcb")
    order = [run.id for run in served(store)]
    assert order == [run.id for run in (first, bob, carl, second, late, third)]


def test_who_was_served_least_recently_goes_first_whenever_he_comes(store: Store) -> None:
    queue(store, "aaaa")
    serve(store)
    [bob] = queue(store, "b")
    assert serve(store) == bob or store.runs.get(bob.id).status is Status.SUCCEEDED
    queue(store, "b")
    assert [run.owner for run in served(store)] == ["a", "b", "a", "a"]


def test_the_command_line_and_the_server_take_turns_too_and_priority_stands_above(store: Store) -> None:
    for owner in (LOCAL, LOCAL, SERVER):
        queue(store, [owner])  # type: ignore[arg-type]
    queue(store, "ab", priority=1)
    queue(store, "b", priority=-1)
    assert [run.owner for run in served(store)] == ["a", "b", LOCAL, SERVER, LOCAL, "b"]


def test_a_turn_is_remembered_when_the_run_is_deleted_or_resumed(store: Store) -> None:
    queue(store, "ab")
    gone = serve(store)
    assert gone is not None
    store.runs.delete(gone.id, "a")
    store.sweep(gone.created + 1e6)
    queue(store, "ab")
    assert [run.owner for run in served(store)] == ["b", "a", "b"]


def test_tasks_of_seconds_cost_their_owner_no_turn(store: Store) -> None:
    store.runs.submit(PREPARE)
    store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    assert all(place.turn == 0 for place in store.runs.line())
    queue(store, ["b", SERVER])  # type: ignore[arg-type]
    assert [run.owner for run in served(store)] == ["b", SERVER]


class Model:
    """The fair order in plain words: look at all who wait, each time anew."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, str, int]] = []  # id, owner, priority; oldest first
        self.history: list[str] = []

    def next(self) -> str | None:
        if not self.waiting:
            return None
        top = max(priority for _, _, priority in self.waiting)
        able = [run for run in self.waiting if run[2] == top]
        chosen = min(able, key=lambda run: self._last_served(run[1]))  # min keeps the oldest of equals
        self.waiting.remove(chosen)
        self.history.append(chosen[1])
        return chosen[0]

    def _last_served(self, owner: str) -> int:
        return max((number for number, who in enumerate(self.history) if who == owner), default=-1)


def clear(store: Store) -> None:
    with store.engine.begin() as connection:
        for table in (slots, turns, runs):
            connection.execute(sa.delete(table))


SUBMIT = st.tuples(st.sampled_from("abcd"), st.sampled_from([0, 0, 0, 1, -1]))
MOVES = st.lists(st.one_of(SUBMIT, st.just("serve")), max_size=20)


@given(MOVES)
@budget(max_examples=30)
def test_runs_start_in_the_order_that_the_model_and_the_shown_line_foretell(
    shared: Store, moves: Sequence[tuple[str, int] | str]
) -> None:
    clear(shared)
    model = Model()
    for move in moves:
        if isinstance(move, tuple):
            run = shared.runs.submit(replace(NEW, owner=move[0], priority=move[1]))
            model.waiting.append((run.id, *move))
        else:
            taken = serve(shared)
            assert (taken and taken.id) == model.next()
    shown = [place.id for place in shared.runs.line()]
    assert shown == [run.id for run in served(shared)] == list(iter(model.next, None))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("line")
    store = open_store(Settings(home=home, data_dir=home))
    yield store
    store.close()


def test_those_at_work_stand_before_those_who_wait(store: Store) -> None:
    queue(store, "ab")
    working = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert working is not None
    queue(store, "c", priority=9)
    assert [(place.owner, place.waits) for place in store.runs.line()] == [("a", False), ("c", True), ("b", True)]


def test_a_line_of_thousands_is_put_in_order_at_once() -> None:
    ages = count()
    many = [
        Place(f"{k}", f"owner {k % 7}", Status.QUEUED, 0, float(next(ages)), None, "cnn", "x", None, {}, "{}", 0)
        for k in range(7000)
    ]
    assert in_order(many) == many  # they came in turns


# One task of a kind and subject


def test_a_task_that_waits_or_runs_is_not_queued_again(store: Store) -> None:
    first = store.runs.submit_once(PREPARE)
    assert store.runs.submit_once(PREPARE) == first
    other = store.runs.submit_once(replace(PREPARE, subject="mnist"))
    check = store.runs.submit_once(replace(PREPARE, kind="check"))
    assert len({first.id, other.id, check.id}) == 3
    store.runs.claim("prepare", host="here", slot="prepare-0", pid=1)
    assert store.runs.submit_once(PREPARE).id == first.id
    store.runs.move(first.id, Status.FAILED)
    assert store.runs.submit_once(PREPARE).id != first.id


def test_of_threads_that_queue_the_same_task_one_does(settings: Settings, store: Store) -> None:
    barrier, found = threading.Barrier(8), []

    def submit() -> None:
        mine = open_store(settings)
        barrier.wait(60)
        found.append(mine.runs.submit_once(PREPARE).id)
        mine.close()

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 8
    assert len(set(found)) == len(store.runs.list(kind="prepare")) == 1
