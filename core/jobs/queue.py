"""The wait of a run: how many runs come first, and about how long they take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.runs.estimate import load_of_stored, read_speed
from core.store import Run, Status, Store
from core.store.runs.places import Place, in_order

BUDGET_S = 0.1  # most time for new estimates in one reading of the queue
NEW = ""  # id of a run that is not submitted yet


@dataclass(frozen=True)
class Wait:
    """The wait of a run.

    Args:
        ahead: Number of runs that must end before it starts.
        seconds: Estimated seconds until then.
    """

    ahead: int
    seconds: float


@dataclass(frozen=True)
class Queue:
    """The training runs that have not ended.

    Args:
        line: The running ones, then the waiting ones in the order in which they start.
        left_s: Estimated seconds left, by run id.
        turns: Number of each owner's last turn.
        slots: Runs that train at the same time.
    """

    line: Sequence[Place]
    left_s: Mapping[str, float]
    turns: Mapping[str, int]
    slots: int

    def wait(self, run: Run) -> Wait:
        """Return the wait of a queued run, even if it was submitted after the line was read."""
        if all(place.id != run.id for place in self.line):
            return self.wait_of_new(run.owner, run.priority)
        return self._before(self.line, run.id, run.priority)

    def wait_of_new(self, owner: str, priority: int = 0) -> Wait:
        """Return the wait of a run that this owner would submit now."""
        turn = self.turns.get(owner, 0)
        new = Place(NEW, owner, Status.QUEUED, priority, time.time(), None, None, "", None, {}, "", turn)
        return self._before(in_order([*self.line, new]), NEW, priority)

    def _before(self, line: Sequence[Place], run_id: str, priority: int) -> Wait:
        least = min(0, priority)  # runs below priority 0 give way
        end = next(number for number, place in enumerate(line) if place.id == run_id)
        before = [self.left_s[place.id] for place in line[:end] if place.priority >= least]
        ahead = max(0, len(before) + 1 - self.slots)
        return Wait(ahead, sum(before) / self.slots if ahead else 0.0)


def read_queue(store: Store) -> Queue:
    """Return the current queue."""
    line = store.runs.line()
    return Queue(line, _left_s(line, store), store.runs.turns(), store.settings.slots)


def _left_s(line: Sequence[Place], store: Store) -> dict[str, float]:
    """Estimate the seconds left of each run; after `BUDGET_S`, use the median for the rest."""
    if not line:
        return {}
    speed = read_speed(store)
    whole: dict[tuple[str, str, str], float] = {}
    until = time.perf_counter() + BUDGET_S
    for place in line:
        if (key := _key(place)) not in whole and (not whole or time.perf_counter() < until):
            load = load_of_stored(store.settings, *key)
            whole[key] = 0.0 if load is None else speed.estimate(load).seconds
    usual = statistics.median(whole.values()) if whole else 0.0
    return {place.id: _left_of(place, whole.get(_key(place), usual)) for place in line}


def _left_of(place: Place, whole_s: float) -> float:
    if place.waits:
        return whole_s * share_left(place.progress)
    if place.progress.get("left_s") is not None:
        return float(place.progress["left_s"])
    return max(0.0, whole_s - (time.time() - place.started if place.started else 0.0))


def share_left(progress: Mapping[str, Any]) -> float:
    """Return the share of updates that a queued run still has to make, 0 to 1."""
    return 1.0 - float(progress.get("step", 0)) / max(1, int(progress.get("total_steps", 1)))


def _key(place: Place) -> tuple[str, str, str]:
    return place.family or "", place.dataset, place.config
