"""What one visitor may have waiting and training."""

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest

from core.errors import LimitError
from core.families.cnn import FAMILY, PRESETS
from core.jobs import resume_training, submit_training
from core.jobs.foreman import Foreman
from core.jobs.limits import trained_s
from core.jobs.queue import read_queue
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL, SERVER, NewRun
from core.store.runs.aged import NOTICE_S

FAST = PRESETS["fast"]


@pytest.fixture(autouse=True)
def _no_foreman(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.jobs.submit.ensure_foreman", lambda settings: None)


@pytest.fixture
def strict(settings: Settings) -> Iterator[Store]:
    store = open_store(replace(settings, max_waiting=2))
    yield store
    store.close()


def train(store: Store, owner: str = "ann", **options: Any) -> Run:
    return submit_training(store, FAMILY, FAST.config, "mnist_5k", owner, preset=FAST, **options)


def test_who_has_enough_waiting_is_told_what_to_do_and_holds_nobody_else_up(strict: Store) -> None:
    first, _ = train(strict), train(strict)
    with pytest.raises(LimitError, match=r"too many waiting runs.*at most 2.*received 2.*Stop some of them on Home"):
        train(strict)
    for owner in ("bob", LOCAL, LOCAL, LOCAL, SERVER, SERVER, SERVER):
        train(strict, owner)
    strict.runs.stop(first.id, "ann")
    train(strict)
    with pytest.raises(LimitError):
        resume_training(strict, first.id, "ann")
    assert strict.runs.get(first.id).status is Status.STOPPED
    assert strict.runs.count(owners=["ann"], status=[Status.QUEUED]) == 2


def test_of_many_clicks_at_once_no_more_than_the_limit_are_queued(strict: Store) -> None:
    barrier, refused = Barrier(6), []

    def click() -> None:
        store = open_store(strict.settings)
        barrier.wait(60)
        try:
            train(store)
        except LimitError as error:
            refused.append(error)
        store.close()

    threads = [Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (len(refused), strict.runs.count(owners=["ann"])) == (4, 2)


def test_an_hours_seconds_count_what_has_trained_what_waits_and_the_run_itself(settings: Settings) -> None:
    free = open_store(settings)
    one = train(free)
    run_s = read_queue(free).left_s[one.id]
    free.close()
    store = open_store(replace(settings, seconds_an_hour=2.5 * run_s))
    train(store)
    with pytest.raises(LimitError, match=r"this run would take about .* at most .* in an hour"):
        train(store)
    train(store, "bob")
    train(store, LOCAL)
    store.close()


class Clock:
    """The time of the store, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr("time.time", lambda: self.now)

    def trains(self, store: Store, seconds: float, owner: str = "ann") -> Run:
        """Let a run train for so long; return it, stopped."""
        settings = FAST.config.to_dict()
        store.runs.submit(NewRun("train", "mnist_5k", owner, "a run", FAMILY.id, FAST.id, settings))
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        self.now += seconds
        stopped = store.runs.move(run.id, Status.STOPPED, lease=run.lease)
        assert stopped is not None
        return stopped


def test_only_what_was_trained_in_the_last_hour_counts_and_no_rest_between(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    run = clock.trains(store, 5000)
    assert trained_s(store, "ann") == pytest.approx(3600)
    clock.now += 3500
    assert trained_s(store, "ann") == pytest.approx(100)
    store.runs.resume(run.id, "ann")
    assert trained_s(store, "ann") == pytest.approx(100)
    held = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert held is not None
    clock.now += 40
    assert trained_s(store, "ann") == pytest.approx(60 + 40)
    store.runs.move(run.id, Status.QUEUED, lease=held.lease)  # it gives way
    clock.now += 10
    assert trained_s(store, "ann") == pytest.approx(50 + 40)
    assert trained_s(store, "bob") == 0.0


def test_a_deleted_run_gives_no_second_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    run = clock.trains(store, 100)
    store.runs.delete(run.id, "ann")
    clock.now += 60
    store.sweep(clock.now)
    assert store.runs.count(owners=["ann"], kind=None, undoable=True) == 0
    assert trained_s(store, "ann") == pytest.approx(100)


def test_an_hours_seconds_are_checked_at_resume_for_what_is_left(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, free = Clock(monkeypatch), open_store(settings)
    first = train(free, "bob")
    run_s = read_queue(free).left_s[first.id]
    stopped = clock.trains(free, run_s)
    free.close()
    store = open_store(replace(settings, seconds_an_hour=1.5 * run_s))
    with pytest.raises(LimitError, match=r"this run would take about .* at most .* in an hour"):
        resume_training(store, stopped.id, "ann")
    assert store.runs.get(stopped.id).status is Status.STOPPED
    store.runs.resume(stopped.id, LOCAL)
    held = store.runs.claim("train", host="here", slot="train-0", pid=1)
    assert held is not None
    store.runs.report(held.id, held.lease or "", progress={"step": 80, "total_steps": 100})
    store.runs.move(held.id, Status.STOPPED, lease=held.lease)
    assert resume_training(store, stopped.id, "ann").status is Status.QUEUED
    assert read_queue(store).left_s[stopped.id] == pytest.approx(0.2 * run_s)
    store.close()


def test_the_same_run_is_found_while_it_waits_or_trains(store: Store) -> None:
    first = train(store, once=True)
    assert train(store, once=True) == first
    assert train(store, "bob", once=True).owner == "bob"
    other = submit_training(store, FAMILY, replace(FAST.config, seed=9), "mnist_5k", "ann", preset=FAST, once=True)
    assert other.id != first.id
    again = train(store)
    assert again.id not in (first.id, other.id)
    store.runs.stop(first.id, "ann")
    assert train(store, once=True) == again
    store.runs.stop(again.id, "ann")
    assert train(store, once=True).id not in (first.id, again.id)


def test_a_run_that_is_too_large_or_too_long_and_any_run_on_a_full_server_are_refused(settings: Settings) -> None:
    refused = {
        "max_parameters": r"too large for this server, expected at most 1 parameters, received [\d,]{5,}",
        "seconds_a_run": r"this run would take about .* at most 1 s a run",
        "disk_mb": r"no room for another run, expected at most 1 MB of runs and data, received 2 MB",
    }
    settings.home.mkdir(exist_ok=True)
    (settings.home / "much").write_bytes(b"0" * 2_000_000)
    for name, said in refused.items():
        store = open_store(replace(settings, **{name: 1}))
        with pytest.raises(LimitError, match=said):
            train(store)
        train(store, LOCAL)
        store.close()


def test_old_runs_go_a_day_after_it_is_said_unless_they_are_starred(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, store = Clock(monkeypatch), open_store(replace(settings, kept_runs=2))
    first, starred, third = (clock.trains(store, 10) for _ in range(3))
    store.runs.star(starred.id, True, "ann")
    for _ in range(2):
        clock.trains(store, 10, "bob")
    assert store.leaving() == {}, "others' runs push none of hers out"
    fourth = clock.trains(store, 10)  # from now on there are two newer ones
    assert store.leaving() == {first.id: pytest.approx(fourth.finished + NOTICE_S)}
    foreman = Foreman(store)
    foreman._remove_old()
    assert store.runs.count(owners=["ann"]) == 4
    clock.now += NOTICE_S
    foreman._remove_old()
    assert {run.id for run in store.runs.list(owners=["ann"])} == {starred.id, third.id, fourth.id}
    store.close()
