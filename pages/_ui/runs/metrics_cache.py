"""Cache the newest points of runs, shared by all visitors who watch them."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Sequence

import streamlit as st

from core.store.metrics import Metrics, StoredPoint
from pages._ui.shell import shell

FRESH_S = 0.1  # maximum age of cached points
JUST_S = 0.6  # the first trained point is new for so long: the browser draws it before the page is laid out anew
KEPT = 500  # newest points per run


class MetricsCache:
    """The newest points of one run.

    Args:
        metrics: The store of metrics.
        run_id: The run.
    """

    def __init__(self, metrics: Metrics, run_id: str) -> None:
        self._metrics, self._run_id = metrics, run_id
        self._points: list[StoredPoint] = []
        self._first = -1  # all points with a greater id are cached; -1 before the first look
        self._read = -FRESH_S
        self._trained: float | None = None  # when the first trained point was seen
        self._guard = threading.Lock()

    def since(self, cursor: int, *, stride: int = 1) -> Sequence[StoredPoint]:
        """Return the points with an id above `cursor`, oldest first, at most `FRESH_S` old.

        Args:
            cursor: Id of the last known point.
            stride: Steps between points that are needed; older ones in between are left out, see `Metrics.since`.
        """
        with self._guard:
            self._look_if_due()
            if cursor >= self._first:
                return self._points[bisect_right(self._points, cursor, key=lambda point: point.id) :]
        return self._metrics.since(self._run_id, cursor, stride=stride)

    def is_early(self) -> bool:
        """Return whether there is no trained point yet, or has been one for less than `JUST_S`."""
        with self._guard:
            self._look_if_due()
            return self._trained is None or time.monotonic() - self._trained < JUST_S

    def _look_if_due(self) -> None:
        if time.monotonic() - self._read <= FRESH_S:
            return
        self._read, was_read = time.monotonic(), self._first >= 0
        if not was_read:
            self._points = self._metrics.newest(self._run_id, KEPT + 1)
            self._first = 0
        else:
            self._points += self._metrics.since(self._run_id, self._points[-1].id if self._points else self._first)
        if self._trained is None and self._points and self._points[-1].step:
            self._trained = self._read if was_read else self._read - JUST_S  # nobody waited for it
        if len(self._points) > KEPT:
            self._first = self._points[-KEPT - 1].id
            del self._points[:-KEPT]


@st.cache_resource(max_entries=50, show_spinner=False)
def points_of(run_id: str, generation: int) -> MetricsCache:
    """Return the server's cache of a run's points; a resumed run gets a new one."""
    return MetricsCache(shell.store().metrics, run_id)
