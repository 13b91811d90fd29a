import errno
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.datasets import open_prepared
from core.errors import DatasetError, UnreachableError
from core.jobs import worker as worker_module
from core.jobs.submit import FOREMAN_LOCK
from core.jobs.tasks import TASKS
from core.jobs.work import Outcome, Work
from core.jobs.worker import IDLE_S, ORPHAN_S, Worker
from core.locks import FileLock
from core.settings import this_host
from core.store import Run, Status, Store
from core.store.processes import BUSY, LAST_TASK
from core.store.records import NewRun

NEW = NewRun(kind="train", dataset="mnist_5k", owner="ann", name="a run")
Task = Callable[[Work], Outcome]
Give = Callable[[Task], None]


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch) -> Give:
    """Let `train` be done by a function of the test, on a device that needs no TensorFlow."""
    fake = SimpleNamespace(task=None, configure=lambda slot, slots: f"slot {slot} of {slots}", warm_up=lambda: None)
    fake.can_go_on = fake.make_new = lambda: False
    monkeypatch.setitem(sys.modules, "fake_tasks", fake)
    kind = replace(
        TASKS["train"],
        does="fake_tasks:task",
        begin="fake_tasks:configure",
        warm_up="fake_tasks:warm_up",
        can_go_on="fake_tasks:can_go_on",
        renew="fake_tasks:make_new",
    )
    monkeypatch.setitem(TASKS, "train", kind)
    monkeypatch.setattr(worker_module, "code_version", lambda: "version 1")
    return lambda task: setattr(fake, "task", task)


@pytest.fixture
def run(store: Store) -> Run:
    return store.runs.submit(NEW)


def succeed(work: Work) -> Outcome:
    return Outcome(Status.SUCCEEDED, {"parameters": 7})


def ready(store: Store) -> Worker:
    worker = Worker(store, "train", "0")
    worker.initialize()
    return worker


def states(store: Store) -> list[tuple[str, str, str]]:
    return [(row["role"], row["slot"], row["state"]) for row in store.processes.of(this_host())]


def after_one_loop(store: Store, run: Run) -> Run:
    worker = ready(store)
    worker.loop(time.monotonic())
    assert worker.is_finished
    return store.runs.get(run.id)


def test_a_worker_that_has_imported_all_says_that_it_is_ready(store: Store, do: Give) -> None:
    do(succeed)
    ready(store)
    assert states(store) == [("worker", "train-0", "ready")]


def test_without_a_task_a_loop_does_nothing(store: Store, do: Give) -> None:
    do(succeed)
    worker = ready(store)
    worker.loop(time.monotonic())
    assert not worker.is_finished
    assert states(store) == [("worker", "train-0", "ready")]


def test_a_task_is_claimed_done_and_ended_with_its_outcome(store: Store, do: Give, run: Run) -> None:
    seen: list[Any] = []

    def task(work: Work) -> Outcome:
        seen.append((store.runs.get(run.id).status, states(store), work.device, work.run.slot))
        return succeed(work)

    do(task)
    ended = after_one_loop(store, run)
    assert seen == [(Status.RUNNING, [("worker", "train-0", LAST_TASK)], "slot 0 of 1", "train-0")]
    assert (ended.status, ended.summary, ended.error) == (Status.SUCCEEDED, {"parameters": 7}, "")
    assert (ended.device, ended.host) == ("slot 0 of 1", this_host())


def test_a_worker_whose_memory_does_not_come_back_does_one_task_and_then_ends(store: Store, do: Give, run: Run) -> None:
    do(succeed)
    second = store.runs.submit(NEW)
    after_one_loop(store, run)
    assert store.runs.get(second.id) == second


def test_a_worker_that_is_as_good_as_new_takes_the_next_task(
    store: Store, do: Give, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake: Any = sys.modules["fake_tasks"]
    monkeypatch.setattr(fake, "can_go_on", lambda: True)
    is_new = iter((True, True, False))
    monkeypatch.setattr(fake, "make_new", lambda: next(is_new))
    seen: list[Any] = []

    def task(work: Work) -> Outcome:
        seen.append(states(store))
        if len(seen) == 1:
            raise DatasetError("the file is gone")
        return succeed(work)

    do(task)
    worker = ready(store)
    others = [store.runs.submit(NEW) for _ in range(3)]
    for finished in (False, False, True):
        assert states(store) == [("worker", "train-0", "ready")]
        worker.loop(time.monotonic())
        assert worker.is_finished is finished
    assert seen == [[("worker", "train-0", BUSY)]] * 3
    statuses = [store.runs.get(one.id).status for one in (run, *others)]
    assert statuses == [Status.FAILED, Status.SUCCEEDED, Status.SUCCEEDED, Status.QUEUED]


def test_after_a_surprise_a_worker_takes_no_other_task(
    store: Store, do: Give, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["fake_tasks"], "can_go_on", lambda: True)
    monkeypatch.setattr(sys.modules["fake_tasks"], "make_new", lambda: True)
    do(failing(ZeroDivisionError("division by zero")))
    after_one_loop(store, run)


def test_a_worker_waits_while_its_slot_is_taken(store: Store, do: Give, run: Run) -> None:
    do(succeed)
    store.runs.claim("train", host=this_host(), slot="train-0", pid=1)
    waiting = store.runs.submit(NEW)
    worker = ready(store)
    worker.loop(time.monotonic())
    assert not worker.is_finished
    assert store.runs.get(waiting.id) == waiting


def test_tasks_of_another_kind_are_left_alone(store: Store, do: Give) -> None:
    do(succeed)
    other = store.runs.submit(replace(NEW, kind="prepare"))
    worker = ready(store)
    worker.loop(time.monotonic())
    assert not worker.is_finished
    assert store.runs.get(other.id) == other


def failing(error: Exception) -> Task:
    def task(work: Work) -> Outcome:
        raise error

    return task


def log_of(store: Store, run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in store.files(run.id).log.read_text().splitlines()]


def test_an_error_for_the_user_fails_the_run_with_its_sentence(store: Store, do: Give, run: Run) -> None:
    do(failing(DatasetError("the file is gone", fix="Put it back.")))
    ended = after_one_loop(store, run)
    assert (ended.status, ended.error) == (Status.FAILED, "the file is gone. Put it back.")


def test_a_surprise_fails_the_run_and_leaves_its_traceback_in_the_log_only(store: Store, do: Give, run: Run) -> None:
    do(failing(ZeroDivisionError("division by zero")))
    ended = after_one_loop(store, run)
    assert ended.status is Status.FAILED
    assert "ZeroDivisionError: division by zero" in ended.error
    assert "Traceback" not in ended.error
    [line] = log_of(store, run)
    assert line["event"] == "failed"
    assert "Traceback" in line["traceback"]


class ResourceExhaustedError(Exception):
    """As TensorFlow calls it."""


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM when allocating tensor")])
def test_too_little_memory_fails_the_run_with_what_to_change(
    store: Store, do: Give, run: Run, error: Exception
) -> None:
    do(failing(error))
    ended = after_one_loop(store, run)
    assert ended.status is Status.FAILED
    assert "smaller batch" in ended.error


def test_data_that_cannot_be_had_just_now_leaves_a_run_that_can_be_resumed(store: Store, do: Give, run: Run) -> None:
    do(failing(UnreachableError("mnist.npz could not be fetched", fix="Try again.")))
    ended = after_one_loop(store, run)
    assert (ended.status, ended.error) == (Status.LOST, "mnist.npz could not be fetched. Try again.")


@pytest.mark.parametrize(("kind", "status"), [("train", Status.FAILED), ("prepare", Status.LOST)])
def test_a_quick_task_may_find_more_memory_another_time(kind: str, status: Status) -> None:
    assert worker_module._ended_by(MemoryError(), kind).status is status


DISK_FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("error", [DISK_FULL, RuntimeError("(sqlite3.OperationalError) database or disk is full")])
def test_a_full_disk_leaves_a_run_that_can_be_resumed(store: Store, do: Give, run: Run, error: Exception) -> None:
    do(failing(error))
    ended = after_one_loop(store, run)
    assert ended.status is Status.LOST
    assert "The disk of this server is full" in ended.error
    assert store.runs.resume(run.id, "ann").status is Status.QUEUED


def test_a_full_disk_is_reported_even_if_the_log_cannot_be_written_either(
    store: Store, do: Give, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*arguments: Any, **values: Any) -> None:
        raise DISK_FULL

    monkeypatch.setattr(Work, "log", no_space)
    do(failing(DISK_FULL))
    assert "The disk of this server is full" in after_one_loop(store, run).error


def test_a_worker_with_old_code_makes_way_without_taking_a_task(
    store: Store, do: Give, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(succeed)
    worker = ready(store)
    monkeypatch.setattr(worker_module, "code_version", lambda: "version 2")
    worker.loop(time.monotonic())
    assert worker.is_finished
    assert store.runs.get(run.id) == run


def test_a_worker_without_a_foreman_ends_itself_after_a_while(store: Store, do: Give) -> None:
    do(succeed)
    born = time.monotonic()
    worker = ready(store)
    worker.loop(born + ORPHAN_S / 2)
    assert not worker.is_finished
    worker.loop(time.monotonic() + ORPHAN_S + 1)
    assert worker.is_finished


def test_a_worker_with_a_foreman_waits_on(store: Store, do: Give) -> None:
    do(succeed)
    foreman = FileLock(store.settings.home / FOREMAN_LOCK)
    foreman.acquire()
    worker = ready(store)
    later = time.monotonic() + 10 * ORPHAN_S
    worker.loop(later)
    assert not worker.is_finished
    foreman.release()
    worker.loop(later + ORPHAN_S - 1)
    assert not worker.is_finished
    worker.loop(later + ORPHAN_S + 1)
    assert worker.is_finished


def test_a_worker_that_is_no_spare_ends_soon_when_its_task_was_taken_or_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "code_version", lambda: "version 1")
    task = store.runs.submit(replace(NEW, kind="check"))
    store.runs.stop(task.id, "ann")
    worker = Worker(store, "check", "0")
    worker.initialize()
    born = time.monotonic()
    worker.loop(born)
    worker.loop(born + IDLE_S)
    assert not worker.is_finished
    worker.loop(born + IDLE_S + 0.1)
    assert worker.is_finished


def test_a_worker_that_leaves_is_no_longer_listed(store: Store, do: Give) -> None:
    do(succeed)
    worker = ready(store)
    worker.shutdown()
    assert states(store) == []


def test_the_data_is_prepared_by_a_task_of_its_own(
    store: Store, tiny_arrays: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "code_version", lambda: "version 1")
    run = store.runs.submit(replace(NEW, kind="prepare", dataset="tiny"))
    worker = Worker(store, "prepare", "0")
    worker.initialize()
    worker.loop(time.monotonic())
    ended = store.runs.get(run.id)
    assert ended.status is Status.SUCCEEDED
    assert ended.summary == {"dataset_version": open_prepared(store.settings, "tiny").version}
