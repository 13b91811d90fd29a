"""How many visits watch a run just now, and how often each of them may look."""

from __future__ import annotations

import threading
import time

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

GONE_S = 6.0  # a visit that has not looked for this long watches no more
LOOKS = 12.0  # looks a second, of all visits of a run
SLOWEST_S = 2.0


class Watchers:
    """The visits that watch one run."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._guard = threading.Lock()

    def count(self, visit: str, now: float) -> int:
        """Note that a visit looks; return how many have looked lately, itself included.

        Args:
            visit: Id of its session.
            now: Seconds, of a clock that never goes back.
        """
        with self._guard:
            self._seen[visit] = now
            self._seen = {one: at for one, at in self._seen.items() if now - at < GONE_S}
            return len(self._seen)


def pace_s(quickest_s: float, watching: int) -> float:
    """Return the seconds between two looks of a visit: doubled until all visits together look seldom enough.

    Args:
        quickest_s: For a few visits.
        watching: Number of visits.
    """
    pace = quickest_s
    while watching / pace > LOOKS and pace < SLOWEST_S:
        pace = min(2 * pace, SLOWEST_S)
    return pace


def watching(run_id: str) -> int:
    """Note that this visit looks at a run; return how many do."""
    context = get_script_run_ctx()
    return _watchers(run_id).count(context.session_id if context else "", time.monotonic())


@st.cache_resource(max_entries=100, show_spinner=False)
def _watchers(run_id: str) -> Watchers:
    return Watchers()
