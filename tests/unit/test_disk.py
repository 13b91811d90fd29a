"""A full disk: what is said of it, and that everybody lives on and brings home what was done."""

import errno
import os
import shutil
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from core.disk import is_about_room, is_full
from core.errors import DatasetError, StoreError
from core.jobs import ensure_foreman, foreman, work
from core.jobs.foreman import LOST_S, Foreman
from core.jobs.work import Outcome, Work
from core.jobs.worker import Worker
from core.settings import this_host
from core.store import Run, Status, Store, in_words
from core.store.metrics import Point
from core.store.records import NewRun

NO_SPACE = OSError(errno.ENOSPC, "No space left on device")
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def no_room(store: Store) -> Any:
    """Let the database grow no more; `no_room()` gives it room again."""

    def set_pages(most: str) -> None:
        with store.engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    set_pages(str(pages))
    return lambda: set_pages("1000000")


def test_a_full_disk_is_known_by_any_error_that_it_led_to() -> None:
    wrapped = DatasetError("the arrays could not be written")
    wrapped.__cause__ = NO_SPACE
    assert is_about_room(wrapped)
    assert is_about_room(RuntimeError("Unable to flush: errno = 28, No space left on device"))
    assert is_about_room(OperationalError("INSERT", {}, Exception("database or disk is full")))
    assert not is_about_room(OSError(errno.EACCES, "Permission denied"))
    assert not is_about_room(DatasetError("the file is gone"))


def test_a_disk_is_full_when_a_run_would_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_full(tmp_path / "not there")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**40, 2**40, 2**20))
    assert is_full(tmp_path)


def test_sqlites_own_error_is_one_sentence(store: Store, no_room: Any, claimed: Run) -> None:
    points = [Point(step, 0, 0.0, {"loss": 1.0}) for step in range(5000)]
    with pytest.raises(OperationalError) as caught:
        store.metrics.append(claimed.id, points)
    assert str(in_words(caught.value)).startswith("The disk of this server is full. Free some space")
    no_room()
    store.metrics.append(claimed.id, points)


def test_a_foreman_that_cannot_be_started_for_lack_of_room_is_one_sentence(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(settings: Any) -> None:
        raise NO_SPACE

    monkeypatch.setattr("core.jobs.submit._show_alive", full)
    with pytest.raises(StoreError, match="The disk of this server is full"):
        ensure_foreman(store.settings)


def test_an_outcome_is_written_as_soon_as_there_is_room(
    store: Store, work_at_hand: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    move, tried = store.runs.move, []

    def full_twice(*arguments: Any, **changes: Any) -> Run | None:
        tried.append(store.runs.get(work_at_hand.run.id).status)
        if len(tried) < 3:
            raise OperationalError("UPDATE", {}, Exception("database or disk is full"))
        return move(*arguments, **changes)

    monkeypatch.setattr(store.runs, "move", full_twice)
    heart = threading.Thread(target=work_at_hand.beat_forever)
    heart.start()
    work_at_hand.finish(Outcome(Status.LOST, error="The disk of this server is full."))
    heart.join(60)
    assert not heart.is_alive()
    assert tried == [Status.RUNNING] * 3
    run = store.runs.get(work_at_hand.run.id)
    assert (run.status, run.error) == (Status.LOST, "The disk of this server is full.")
    assert run.heartbeat > work_at_hand.run.heartbeat + 1  # the heart has beaten all the while


@pytest.fixture
def work_at_hand(store: Store, claimed: Run, monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setattr(work, "HEARTBEAT_S", 0.05)
    return Work(store, claimed, "CPU")


def test_nothing_is_begun_on_a_full_disk(store: Store, new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.runs.submit(new_run)
    worker = Worker(store, "train", "0")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(2**40, 2**40, 0))
    worker.loop(0.0)
    assert not worker.is_finished
    assert store.runs.get(run.id).status is Status.QUEUED


class Heartless:
    """A foreman on a clock of ours, with a worker that lives and cannot write."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.killed, self.lives = 0.0, [], True
        monkeypatch.setattr(foreman, "_is_ours", lambda pid: self.lives)
        monkeypatch.setattr(foreman, "_kill", lambda pid, how: self.killed.append(pid))
        monkeypatch.setattr(foreman, "_memory_mb", lambda pid: 1.0)
        self.foreman = Foreman(store, clock=lambda: self.now)

    def attend(self, seconds: float) -> None:
        self.now += seconds
        self.foreman.attend()


@pytest.fixture
def held(store: Store, new_run: NewRun) -> Run:
    store.runs.submit(new_run)
    run = store.runs.claim("train", host=this_host(), slot="train-0", pid=os.getpid())
    assert run is not None
    return run


def full(*arguments: Any, **changes: Any) -> None:
    raise OperationalError("UPDATE", {}, Exception("database or disk is full"))


def test_a_worker_that_cannot_beat_for_lack_of_room_is_not_killed(
    store: Store, held: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Heartless(store, monkeypatch)
    here.attend(0)
    with monkeypatch.context() as patch:
        patch.setattr(store.runs, "move", full)
        for _ in range(5):
            here.attend(LOST_S + 0.1)
    assert here.killed == []
    assert capsys.readouterr().out.count("The disk of this server is full") == 1  # not every time
    store.runs.beat(held.id, held.lease or "")  # there is room again
    here.attend(LOST_S - 1)
    assert store.runs.get(held.id).status is Status.RUNNING
    for _ in range(2):
        here.attend(LOST_S + 0.1)
    assert store.runs.get(held.id).status is Status.LOST
    assert here.killed == [os.getpid()]


def test_a_worker_that_died_of_a_full_disk_is_buried_with_these_words(
    store: Store, held: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Heartless(store, monkeypatch)
    here.lives = False
    with monkeypatch.context() as patch:
        patch.setattr(store.runs, "move", full)
        here.attend(1)
    here.attend(1)
    run = store.runs.get(held.id)
    assert run.status is Status.LOST
    assert run.error.startswith("Its worker process ended. The disk of this server is full. Free some space")


def test_a_foreman_lives_on_whatever_the_database_says(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = Heartless(store, monkeypatch)
    with store.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE runs RENAME TO away"))
    here.attend(1)
    assert not here.foreman.is_done()
    assert "no such table" in capsys.readouterr().out
