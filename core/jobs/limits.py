"""How much one visitor may have waiting and training, so that nobody holds up all the others."""

from __future__ import annotations

import time

from core.config import Config
from core.datasets.spec import DataSpec
from core.errors import LimitError
from core.estimate import estimate, load_of
from core.families import Family
from core.jobs.queue import Queue, read_past, read_queue
from core.store import Run, Status, Store
from core.store.records import LOCAL, SERVER

HOUR_S = 3600.0
MOST_RUNS = 2000  # of one hour


def check_waiting(store: Store, owner: str) -> None:
    """Refuse one more run of a visitor who has enough of them waiting.

    Raises:
        LimitError: So many wait.
    """
    most = store.settings.max_waiting
    if owner in (LOCAL, SERVER):
        return
    waiting = store.runs.count(owners=[owner], status=[Status.QUEUED])
    if waiting >= most:
        raise LimitError(
            f"{waiting:,} of your runs wait already",
            expected=f"at most {most:,} that wait",
            fix="Stop some of them on Home, or wait until one has ended.",
        )


def check_seconds(store: Store, owner: str, family: Family, config: Config, spec: DataSpec) -> None:
    """Refuse a run with which a visitor would train for longer than one may in an hour.

    What counts: the last hour, what the visitor's runs that wait or train still take, and the run itself.

    Raises:
        LimitError: It would be too much.
    """
    most = store.settings.seconds_an_hour
    if most is None or owner in (LOCAL, SERVER):
        return
    used, coming = trained_s(store, owner), _coming_s(read_queue(store), owner)
    asked = estimate(load_of(family, config, spec), read_past(store), store.settings).seconds
    if used + coming + asked > most:
        raise LimitError(
            f"this run would take about {asked:,.0f} s, and your others have trained {used:,.0f} s in the last hour "
            f"and still take about {coming:,.0f} s",
            expected=f"at most {most:,.0f} s of training in an hour",
            fix="Make it shorter, stop what waits on Home, or come back later.",
        )


def trained_s(store: Store, owner: str) -> float:
    """Return for how many seconds an owner's runs have trained in the last hour."""
    begin = time.time() - HOUR_S
    runs = store.runs.list(owners=[owner], undoable=True, limit=MOST_RUNS)
    return sum(_seconds_since(begin, run) for run in runs)


def _seconds_since(begin: float, run: Run) -> float:
    if run.started is None or run.status is Status.QUEUED:
        return 0.0
    there = max(0.0, (run.finished or time.time()) - max(begin, run.started))
    return min(there, run.summary.get("fit_s", there))  # a run that was resumed has rested between


def _coming_s(queue: Queue, owner: str) -> float:
    return sum(queue.left_s[place.id] for place in queue.line if place.owner == owner)
