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
from core.jobs.limits import trained_s
from core.jobs.queue import read_queue
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL, SERVER, NewRun

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
    with pytest.raises(LimitError, match=r"2 of your runs wait already.*at most 2.*Stop some of them on Home"):
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


def test_only_the_last_hour_counts_and_of_a_resumed_run_only_what_it_trained(store: Store) -> None:
    now = time.time()

    def ended(started: float, finished: float, **summary: float) -> None:
        run = store.runs.submit(NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run"))
        held = store.runs.claim("train", host="here", slot=run.id[-8:], pid=1)
        assert held is not None
        store.runs.report(run.id, held.lease or "", started=started)
        store.runs.move(run.id, Status.SUCCEEDED, finished=finished, summary=summary)

    ended(now - 9000, now - 4000)
    ended(now - 3700, now - 3500)
    ended(now - 50, now - 20, fit_s=25.0)
    ended(now - 3000, now - 10, fit_s=40.0)
    assert trained_s(store, "ann") == pytest.approx(100 + 25 + 40, abs=2)
    assert trained_s(store, "bob") == 0.0


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
