"""A worker imports its code, waits for a task of its kind, does it, and waits again if its state can be reset.

    python -m core.jobs.worker --kind train --slot 0

A *spare* is a waiting process that has imported TensorFlow: a run that it claims starts within a fraction of a second.
A process does one task only for quick kinds, and where memory is not returned after a task.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import DatabaseError

from core.disk import IS_FULL, WHAT_TO_DO, is_about_room, is_full, note
from core.errors import GlassboxError, UnreachableError
from core.jobs.submit import FOREMAN_LOCK
from core.jobs.tasks import TASKS
from core.jobs.version import code_version
from core.jobs.work import Outcome, StoppedError, Work, out_of_memory
from core.locks import is_held
from core.resolve import resolve
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.processes import BUSY, LAST_TASK, READY

POLL_S = 0.1
IDLE_S = 3.0  # a worker that is not a spare ends after this time without a task, which another may have taken
AGAIN_S = 1.0  # wait after a database error
ORPHAN_S = 30.0  # a worker ends itself after this time without a foreman


class Worker:
    """Wait for tasks and do them.

    Args:
        store: Store of the tasks.
        kind: Kind of task to take.
        slot: Number of its slot, such as `0`.
    """

    def __init__(self, store: Store, kind: str, slot: str) -> None:
        self._store, self._kind, self._slot, self._about = store, kind, slot, TASKS[kind]
        self._version = code_version()
        self._host, self._pid = this_host(), os.getpid()
        self._device = "CPU"
        self._task: Callable[[Work], Outcome] | None = None
        self._can_go_on = False
        self._foreman_seen = time.monotonic()
        self._idle_since: float | None = None
        self.is_finished = False

    def initialize(self) -> None:
        """Import what the tasks need, then report that this worker is ready."""
        if self._about.begin:
            self._device = resolve(self._about.begin)(self._slot, self._store.settings.slots)
        self._task = resolve(self._about.does)
        self._can_go_on = bool(self._about.can_go_on) and resolve(self._about.can_go_on)()
        if self._about.warm_up and not self._store.runs.claimable(self._kind):  # no task waits
            resolve(self._about.warm_up)()
        gc.collect()
        gc.freeze()  # imports stay: later collections skip them
        self._say(READY)

    def loop(self, now: float) -> None:
        """Take one step: claim and do a task if there is one.

        Args:
            now: Monotonic seconds.
        """
        if self._is_orphan(now):
            self.is_finished = True
        elif is_full(self._store.settings.home):  # a task begun now would be lost
            return
        elif self._store.runs.claimable(self._kind, host=self._host, slot=self._where):
            if code_version() != self._version:
                self.is_finished = True  # the foreman starts one with the new code
            elif run := self._claim():
                with suppress(DatabaseError):  # the claim holds even if the process list is stale
                    self._say(BUSY if self._can_go_on else LAST_TASK)
                went_well = self._do(Work(self._store, run, self._device))
                self.is_finished = not (went_well and self._can_go_on and resolve(self._about.renew)())
                if not self.is_finished:
                    self._say(READY)
        elif not self._about.warm_up:  # not a spare: the foreman starts one when there is a task
            self._idle_since = self._idle_since or now
            self.is_finished = now - self._idle_since > IDLE_S

    def shutdown(self) -> None:
        """Leave the list of processes; if that fails, the foreman does it."""
        with suppress(DatabaseError):
            self._store.processes.forget(host=self._host, pid=self._pid)

    def _claim(self) -> Run | None:
        return self._store.runs.claim(self._kind, host=self._host, slot=self._where, pid=self._pid, device=self._device)

    def _do(self, work: Work) -> bool:
        """Do a task; return False after an unexpected exception."""
        threading.Thread(target=work.beat_forever, daemon=True).start()
        assert self._task is not None
        went_well = True
        try:
            outcome = self._task(work)
        except StoppedError:
            outcome = Outcome(Status.STOPPED)
        except Exception as error:  # the only place that turns an unexpected error into a failed run
            outcome = _ended_by(error, self._kind)
            if not isinstance(error, GlassboxError):
                went_well = False
                note(traceback.format_exc())
                with suppress(OSError):  # on a full disk the outcome still counts
                    work.log("failed", traceback=traceback.format_exc())
        work.finish(outcome)
        return went_well

    def _say(self, state: str) -> None:
        self._store.processes.register(host=self._host, pid=self._pid, role="worker", slot=self._where, state=state)

    @property
    def _where(self) -> str:
        return f"{self._kind}-{self._slot}"

    def _is_orphan(self, now: float) -> bool:
        if now - self._foreman_seen < ORPHAN_S / 10:
            return False
        if is_held(self._store.settings.home / FOREMAN_LOCK):
            self._foreman_seen = now
        return now - self._foreman_seen > ORPHAN_S


def _ended_by(error: Exception, kind: str) -> Outcome:
    """Return the outcome for an error; only temporary causes leave the task resumable."""
    if is_about_room(error):
        return Outcome(Status.LOST, error=f"{IS_FULL}. {WHAT_TO_DO} Then resume.")
    if isinstance(error, UnreachableError):
        return Outcome(Status.LOST, error=str(error))
    if isinstance(error, GlassboxError):
        return Outcome(Status.FAILED, error=str(error))
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return out_of_memory(kind, "There was not enough memory.")
    words = f"Unexpected {type(error).__name__}: {error}. The run's worker.log has the details."
    return Outcome(Status.FAILED, error=words)


@contextmanager
def _living_on() -> Iterator[None]:
    """Wait instead of ending after a database error: a worker that has imported everything is costly."""
    try:
        yield
    except DatabaseError as error:
        note(str(error.orig))
        time.sleep(AGAIN_S)


def main() -> None:
    """Run one worker until it is finished or receives SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=sorted(TASKS), required=True)
    parser.add_argument("--slot", required=True)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    worker = Worker(open_store(Settings.from_environment()), arguments.kind, arguments.slot)
    try:
        with _living_on():
            worker.initialize()
        while not worker.is_finished:
            with _living_on():
                worker.loop(time.monotonic())
            if not worker.is_finished:
                time.sleep(POLL_S)
    finally:
        worker.shutdown()


if __name__ == "__main__":
    main()
