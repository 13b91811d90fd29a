"""What a task gets from the worker that runs it, and what it gives back."""

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
TELL_S = 0.25


class StoppedError(Exception):
    """Somebody has asked the task to stop; the worker ends it so."""


@dataclass(frozen=True)
class Outcome:
    """How a task ended."""

    status: Status
    summary: dict[str, object] = field(default_factory=dict)
    error: str = ""


def out_of_memory(kind: str, words: str) -> Outcome:
    """Say how a task ends for want of memory: settings stay as they are, a quick task may find more another time."""
    task = TASKS[kind]
    return Outcome(Status.LOST if task.is_quick else Status.FAILED, error=f"{words} {task.less_memory}")


class Work:
    """A claimed task in the hands of its worker.

    Args:
        store: Where to report.
        run: The task, running and leased to this process.
        device: What it runs on, in words.
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
        """Show how far it is; what was told before and not shown yet is past."""
        with self._telling:
            self._untold = {}
            self._report(values)

    def _report(self, progress: dict[str, object]) -> None:
        self.store.runs.report(self.run.id, self._lease, progress=progress)

    def tell(self, phase: str, share: float) -> None:
        """Show what is being done and its share from 0 to 1, so often that nobody waits; stop if that was asked."""
        self._untold = {"phase": phase, "share": round(share, 3)}
        if time.monotonic() - self._told > TELL_S:
            self._told = time.monotonic()
            if self.store.runs.pending(self.run.id):
                raise StoppedError
            self._tell_last()

    def _tell_last(self) -> None:
        """Show what was told last; the heart does that too, so that what hangs is named."""
        with self._telling:
            last, self._untold = self._untold, {}
            if last:
                self._report(last)

    def set(self, **columns: Any) -> None:
        """Set columns of the run's row, and here: the last state is made of them."""
        self.run = replace(self.run, **columns)
        self.store.runs.report(self.run.id, self._lease, **columns)

    def log(self, event: str, **values: object) -> None:
        """Write one line to the run's log."""
        self.files.folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"time": round(time.time(), 3), "event": event, **values})
        with self.files.log.open("a") as file:
            file.write(line + "\n")

    def finish(self, outcome: Outcome) -> None:
        """Move the run to its last state, unless it is no longer ours; on a full disk, as soon as there is room."""
        self._is_ending = True
        try:
            while not self._end(outcome) and self.settings.home.exists():
                time.sleep(HEARTBEAT_S)
        finally:
            self._done.set()

    def _end(self, outcome: Outcome) -> bool:
        """Return whether the outcome is written, or no longer asked for."""
        summary = {**self.run.summary, **outcome.summary}
        try:
            ended = self.store.runs.move(
                self.run.id, outcome.status, lease=self._lease, summary=summary, error=outcome.error
            )
        except DatabaseError as error:
            note(f"the outcome waits: {error.orig}")
            return False
        if ended is not None:
            with suppress(DatabaseError):  # the foreman does it later
                self.store.keep(ended)
        return True

    def beat_forever(self) -> None:
        """Beat each second until `finish`; end the process if the run was taken away."""
        while not self._done.wait(HEARTBEAT_S):
            try:
                held = self.store.runs.beat(self.run.id, self._lease)
                self._tell_last()
            except DatabaseError as error:  # a full or busy disk may recover before we count as lost
                note(str(error.orig))
                continue
            if not held and not self._is_ending:
                with suppress(OSError):
                    self.log("fenced off")
                os._exit(3)
