"""Cache the newest points of runs, shared by all visitors who watch them."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Sequence

import streamlit as st

from core.store.metrics import Metrics, StoredPoint
from pages._ui.shell import shell

FRESH_S = 0.2  # maximum age of cached points
KEPT = 2000  # newest points per run


class MetricsCache:
    """The newest points of one run.

    Args:
        metrics: The store of metrics.
        run_id: The run.
    """

    def __init__(self, metrics: Metrics, run_id: str) -> None:
        self._metrics, self._run_id = metrics, run_id
        self._points: list[StoredPoint] = []
        self._first = 0  # all points with a greater id are cached
        self._read = -FRESH_S
        self._guard = threading.Lock()

    def since(self, cursor: int) -> Sequence[StoredPoint]:
        """Return the points with an id above `cursor`, oldest first, at most `FRESH_S` old."""
        with self._guard:
            if time.monotonic() - self._read > FRESH_S:
                self._read = time.monotonic()
                self._points += self._metrics.since(self._run_id, self._points[-1].id if self._points else self._first)
                if len(self._points) > KEPT:
                    self._first = self._points[-KEPT - 1].id
                    del self._points[:-KEPT]
            if cursor >= self._first:
                return self._points[bisect_right(self._points, cursor, key=lambda point: point.id) :]
        return self._metrics.since(self._run_id, cursor)


@st.cache_resource(max_entries=50, show_spinner=False)
def points_of(run_id: str, generation: int) -> MetricsCache:
    """Return the server's cache of a run's points; a resumed run gets a new one."""
    return MetricsCache(shell.store().metrics, run_id)
