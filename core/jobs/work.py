"""The interface between a task and its worker: `Work` in, `Outcome` out."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import DatabaseError

from core.disk import note
from core.jobs.tasks import TASKS
from core.settings import Settings
from core.store import Run, Status, Store
from core.store.artifacts import RunFiles

HEARTBEAT_S = 1.0
TELL_S = 0.25  # least time between two progress reports


class StoppedError(Exception):
    """Raised in a task that a user asked to stop; the worker records it as stopped."""


@dataclass(frozen=True)
class Outcome:
    """How a task ended."""

    status: Status
    summary: dict[str, object] = field(default_factory=dict)
    error: str = ""


def out_of_memory(kind: str, words: str) -> Outcome:
    """Return the outcome of a task that ran out of memory: lost if it is quick and may succeed later, else failed."""
    task = TASKS[kind]
    return Outcome(Status.LOST if task.is_quick else Status.FAILED, error=f"{words} {task.less_memory}")


class Work:
    """A claimed task and its reports to the store.

    Args:
        store: Store to report to.
        run: The task, running and leased to this process.
        device: Name of the device.

    Raises:
        ValueError: The run has no lease.
    """

    def __init__(self, store: Store, run: Run, device: str) -> None:
        if run.lease is None:
            raise ValueError("the run is not leased")
        self.store, self.run, self.device, self._lease = store, run, device, run.lease
        self._done, self._is_ending = threading.Event(), False
        self._told, self._untold = 0.0, dict[str, object]()
        self._telling = threading.Lock()

    @property
    def settings(self) -> Settings:
        """Settings of this installation."""
        return self.store.settings

    @property
    def files(self) -> RunFiles:
        """The run's folder."""
        return self.store.files(self.run.id)

    def progress(self, **values: object) -> None:
        """Report progress values; a phase told before is not reported afterwards."""
        with self._telling:
            self._untold = {}
            self._report(values)

    def _report(self, progress: dict[str, object]) -> None:
        self.store.runs.report(self.run.id, self._lease, progress=progress)

    def tell(self, phase: str, share: float) -> None:
        """Report the current phase and its share from 0 to 1, at most every `TELL_S`.

        Raises:
            StoppedError: A user asked the task to stop.
        """
        self._untold = {"phase": phase, "share": round(share, 3)}
        if time.monotonic() - self._told > TELL_S:
            self._told = time.monotonic()
            if self.store.runs.pending(self.run.id):
                raise StoppedError
            self._tell_last()

    def _tell_last(self) -> None:
        """Write the last report; the heartbeat does so too, so that a hanging phase is named."""
        with self._telling:
            last, self._untold = self._untold, {}
            if last:
                self._report(last)

    def set(self, **columns: Any) -> None:
        """Set columns of the run's row and of `self.run`, which the final state is built from."""
        self.run = replace(self.run, **columns)
        self.store.runs.report(self.run.id, self._lease, **columns)

    def log(self, event: str, **values: object) -> None:
        """Write one line to the run's log."""
        self.files.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"time": round(time.time(), 3), "event": event, **values})
        with self.files.log.open("a") as file:
            file.write(line + "\n")

    def finish(self, outcome: Outcome) -> None:
        """Move the run to its final state, unless its lease is lost; on a full disk, wait until there is space."""
        self._is_ending = True
        try:
            while not self._end(outcome) and self.settings.home.exists():
                time.sleep(HEARTBEAT_S)
        finally:
            self._done.set()

    def _end(self, outcome: Outcome) -> bool:
        """Return whether the outcome is written, or the lease is lost."""
        summary = {**self.run.summary, **outcome.summary}
        try:
            ended = self.store.runs.move(
                self.run.id, outcome.status, lease=self._lease, summary=summary, error=outcome.error
            )
        except DatabaseError as error:
            note(f"the outcome waits: {error.orig}")
            return False
        if ended is not None:
            with suppress(DatabaseError):  # otherwise the foreman does it later
                self.store.keep(ended)
        return True

    def beat_forever(self) -> None:
        """Send a heartbeat each second until `finish`; end the process if the lease is lost."""
        while not self._done.wait(HEARTBEAT_S):
            try:
                held = self.store.runs.beat(self.run.id, self._lease)
                self._tell_last()
            except DatabaseError as error:  # a full or busy disk may recover before the run counts as lost
                note(str(error.orig))
                continue
            if not held and not self._is_ending:
                with suppress(OSError):
                    self.log("fenced off")
                os._exit(3)
