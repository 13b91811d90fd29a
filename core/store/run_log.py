"""Log a run that another program trains: a thread writes what it is given, so that training never waits."""

from __future__ import annotations

import math
import os
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.exc import DatabaseError

from core.errors import GlassboxError, StoreError
from core.private import OTHERS
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.metrics import Point
from core.store.records import LOCAL, NewRun
from core.store.runs.changes import LONGEST_NAME, NEXT

FLUSH_S = 0.5  # between two writes
PATIENCE_S = 15.0  # that the end of training waits for the last write
MOST_PENDING = 20_000  # points, while nothing can be written
MOST_ROWS = 5_000  # points of a run, before every other one is left out
RELEASED = "the run was given up as lost, or deleted"


@dataclass(frozen=True)
class Ending:
    """How a logged run ended."""

    status: Status
    summary: dict[str, object] = field(default_factory=dict)
    error: str = ""


class RunLog:
    """The record of a run that this process trains outside Glassbox.

    Trouble with the store is one warning; what is logged afterwards is lost, or written once the trouble is over.

    Args:
        settings: Settings with the home folder.
        name: Name of the run.
        family: Kind of the run.
        config: Its settings.
        environment: Versions of what trains it.
        on_stop: Called once, in another thread, when somebody asks the run to stop.
    """

    def __init__(
        self,
        settings: Settings,
        name: str,
        family: str,
        config: dict[str, object],
        environment: Mapping[str, object],
        on_stop: Callable[[], None],
    ) -> None:
        self._points: list[Point] = []
        self._progress: dict[str, object] = {}
        self._guard, self._done, self._has_warned = threading.Lock(), threading.Event(), False
        self._ending: Ending | None = None
        self._on_stop, self._has_stopped = on_stop, False
        self.stride, self._rows = 1, 0
        self._store: Store | None = None
        try:
            self._store, self._run = _begin(settings, name, family, config, environment)
        except (GlassboxError, DatabaseError, OSError) as error:
            self._warn(error)
            return
        self._thread = threading.Thread(target=self._write_forever, name="glassbox", daemon=True)
        self._thread.start()

    def add(self, point: Point, **progress: object) -> None:
        """Log a point and the progress; values that are not finite are left out."""
        values = {name: value for name, value in point.values.items() if math.isfinite(value)}
        with self._guard:
            self._progress = progress
            if values and len(self._points) < MOST_PENDING:
                self._points.append(Point(point.step, point.epoch, round(point.wall_s, 4), values))

    def end(self, ending: Ending) -> None:
        """Write all that is left and the end of the run; further calls do nothing."""
        if self._store is None or self._ending is not None:
            return
        self._ending = ending
        self._done.set()
        self._thread.join(PATIENCE_S)

    def _write_forever(self) -> None:
        assert self._store is not None
        is_over = False
        while not is_over:
            is_over = self._done.wait(FLUSH_S)
            try:
                self._write(self._store)
                if is_over and self._ending is not None:
                    self._finish(self._store, self._ending)
            except (GlassboxError, OSError, DatabaseError) as error:
                self._warn(error)
                is_over = is_over or isinstance(error, GlassboxError)
        self._store.close()

    def _write(self, store: Store) -> None:
        """Write the points and the progress since the last time, as a sign of life, and look for a request to stop.

        Raises:
            StoreError: The run is this program's no more.
        """
        with self._guard:
            points, progress = list(self._points), dict(self._progress)
        store.metrics.append(self._run.id, points)
        with self._guard:
            del self._points[: len(points)]
        changes = {"heartbeat": NEXT, **({"progress": progress} if progress else {})}
        if not store.runs.report(self._run.id, str(self._run.lease), **changes):
            raise StoreError(RELEASED)
        self._thin(store, len(points))
        for control in store.runs.pending(self._run.id):
            if control.kind == "stop" and not self._has_stopped:
                self._has_stopped = True
                self._on_stop()

    def _thin(self, store: Store, count: int) -> None:
        """Leave out every other point of a long run, also in future."""
        self._rows += count
        if self._rows > MOST_ROWS:
            self.stride *= 2
            store.metrics.thin(self._run.id, self.stride)
            self._rows = store.metrics.count(self._run.id)
            if self._rows > MOST_ROWS // 2:  # many validations, which are always kept
                self._rows = MOST_ROWS // 2

    def _finish(self, store: Store, ending: Ending) -> None:
        ended = store.runs.move(
            self._run.id, ending.status, lease=self._run.lease, summary=ending.summary, error=ending.error
        )
        if ended is not None:
            store.keep(ended)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            said = getattr(error, "orig", None) or error
            warnings.warn(f"Glassbox cannot log this run; training goes on. {said}", stacklevel=2)


def _begin(
    settings: Settings, name: str, family: str, config: dict[str, object], environment: Mapping[str, object]
) -> tuple[Store, Run]:
    """Open the store and record the run; files of the calling program keep their permissions."""
    usual = os.umask(OTHERS)
    try:
        store = open_store(settings)
        title = " ".join(name.split())[:LONGEST_NAME] or f"Logged {time.strftime('%Y-%m-%d %H:%M')}"
        new = NewRun(kind="train", dataset="", owner=LOCAL, name=title, family=family, config=config)
        run = store.runs.log(new, host=this_host(), pid=os.getpid())
        store.files(run.id).write_json("environment", dict(environment))
    finally:
        os.umask(usual)
    return store, run
