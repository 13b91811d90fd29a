"""How many runs are before one, and about how long they take."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.datasets import DATASETS
from core.families import find_family
from core.families.cnn import PRESETS
from core.jobs.queue import Wait, read_queue
from core.runs.estimate import load_of, read_speed
from core.store import Run, Status, Store
from core.store.records import NewRun

FAST = PRESETS["fast"].config


def waiting(store: Store, **new: Any) -> Run:
    known = {"kind": "train", "dataset": "mnist_5k", "owner": "ann", "name": "a run", "family": "cnn"}
    return store.runs.submit(NewRun(**{**known, "config": FAST.to_dict(), **new}))


def training(store: Store, left_s: float, **new: Any) -> Run:
    waiting(store, **{"priority": 9, **new})
    run = store.runs.claim("train", host="here", slot=f"train-{new}", pid=1)
    assert run is not None
    assert run.lease is not None
    store.runs.report(run.id, run.lease, progress={"left_s": left_s})
    return store.runs.get(run.id)


def alone_s(store: Store) -> float:
    """Return what an estimate alone says of the fast preset here."""
    load = load_of(find_family("cnn"), FAST, DATASETS["mnist_5k"].spec)
    return read_speed(store).estimate(load).seconds


def test_a_free_server_lets_nobody_wait(store: Store) -> None:
    assert read_queue(store).wait_of_new("ann") == Wait(0, 0.0)
    run = waiting(store)
    assert read_queue(store).wait(run) == Wait(0, 0.0)


def test_a_new_run_waits_for_what_is_left_of_the_running_one_and_for_the_waiting_ones(store: Store) -> None:
    training(store, 12.0)
    first, second = waiting(store), waiting(store)
    queue = read_queue(store)
    assert queue.wait(first) == Wait(1, 12.0)
    assert queue.wait(second) == Wait(2, pytest.approx(12.0 + alone_s(store)))
    assert queue.wait_of_new("ann") == Wait(3, pytest.approx(12.0 + 2 * alone_s(store)))


def test_what_gives_way_to_others_is_not_before_them(store: Store) -> None:
    training(store, 500.0, priority=-1)
    waiting(store, priority=-1)
    late, last = waiting(store), waiting(store, priority=-1)
    queue = read_queue(store)
    assert queue.wait(late) == Wait(0, 0.0)
    assert queue.wait(last) == Wait(3, pytest.approx(500.0 + 2 * alone_s(store)))
    assert queue.wait_of_new("ann").ahead == 1
    assert queue.line[1].id == late.id


def test_who_has_priority_goes_first(store: Store) -> None:
    training(store, 1.0)
    late = waiting(store)
    waiting(store, priority=2)
    assert read_queue(store).wait(late).ahead == 2


def test_only_runs_that_train_or_wait_to_are_before_one(store: Store) -> None:
    trains = training(store, 1.0)
    waiting(store, kind="prepare")
    stopped, late = waiting(store), waiting(store)
    store.runs.move(stopped.id, Status.STOPPED)
    assert read_queue(store).wait(late).ahead == 1
    store.runs.move(trains.id, Status.PAUSED, lease=trains.lease)
    assert read_queue(store).wait(late).ahead == 0


def test_more_slots_share_the_wait(store: Store) -> None:
    runs = [training(store, left, owner=str(left)) for left in (10.0, 20.0)]
    queue = read_queue(store)
    assert {place.id for place in queue.line} == {run.id for run in runs}
    assert replace(queue, slots=2).wait_of_new("ann") == Wait(1, 15.0)
    assert replace(queue, slots=3).wait_of_new("ann") == Wait(0, 0.0)


def test_only_runs_that_start_before_mine_are_before_me(store: Store) -> None:
    training(store, 1.0)
    many = [waiting(store) for _ in range(5)]
    bob = waiting(store, owner="bob")
    queue = read_queue(store)
    assert [queue.wait(run).ahead for run in (bob, *many)] == [1, 2, 3, 4, 5, 6]  # ann has just had a turn
    assert queue.wait_of_new("bob").ahead == 3
    assert queue.wait_of_new("carl").ahead == 2
    assert queue.wait(waiting(store, owner="carl")).ahead == 2  # it has come since


def test_a_queue_of_any_length_is_counted_and_read_in_a_moment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.queue.BUDGET_S", 0.0)
    first = waiting(store)
    known, usual = store.runs.line()[0], alone_s(store)
    others = [replace(known, id=f"{k}", config=json.dumps({**FAST.to_dict(), "seed": k})) for k in range(1003)]
    monkeypatch.setattr(store.runs, "line", lambda: [known, *others])
    wait = read_queue(store).wait_of_new("ann")
    assert wait == Wait(1004, pytest.approx(1004 * usual))  # nobody had the time to look at each
    assert read_queue(store).wait(first) == Wait(0, 0.0)


def test_a_run_whose_settings_say_nothing_counts_but_takes_no_time(store: Store) -> None:
    training(store, 3.0)
    waiting(store, family="gone", config={})
    assert read_queue(store).wait_of_new("ann") == Wait(2, 3.0)
