"""How much one visitor may have waiting and training, so that nobody holds up all the others."""

from __future__ import annotations

import time

from core.config import Config
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.errors import LimitError
from core.families import Family, config_of, find_family
from core.jobs.queue import Queue, read_queue, share_left
from core.runs.estimate import load_of, read_speed
from core.store import Run, Status, Store
from core.store.records import LOCAL, SERVER

HOUR_S = 3600.0


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


def check_seconds(store: Store, owner: str, family: Family, config: Config, spec: DataSpec, *, left: float = 1) -> None:
    """Refuse a run with which a visitor would train for longer than one may in an hour.

    What counts: the last hour, what the visitor's runs that wait or train still take, and the run itself.

    Args:
        store: Where the others are.
        owner: The visitor.
        family, config, spec: What is to be trained.
        left: Share of its updates that it still has to make.

    Raises:
        LimitError: It would be too much.
    """
    most = store.settings.seconds_an_hour
    if most is None or owner in (LOCAL, SERVER):
        return
    used, coming = trained_s(store, owner), _coming_s(read_queue(store), owner)
    asked = left * read_speed(store).estimate(load_of(family, config, spec)).seconds
    if used + coming + asked > most:
        raise LimitError(
            f"this run would take about {asked:,.0f} s, and your others have trained {used:,.0f} s in the last hour "
            f"and still take about {coming:,.0f} s",
            expected=f"at most {most:,.0f} s of training in an hour",
            fix="Make it shorter, stop what waits on Home, or come back later.",
        )


def check_seconds_left(store: Store, owner: str, run: Run) -> None:
    """Refuse to go on with a run if that is too much, as `check_seconds` does."""
    if store.settings.seconds_an_hour is None:
        return
    family, spec = find_family(str(run.family)), find_dataset(store.settings, run.dataset).spec
    check_seconds(store, owner, family, config_of(run), spec, left=share_left(run.progress))


def trained_s(store: Store, owner: str) -> float:
    """Return for how many seconds an owner's runs, deleted ones too, have trained in the last hour."""
    return store.runs.trained_s(owner, time.time() - HOUR_S)


def _coming_s(queue: Queue, owner: str) -> float:
    return sum(queue.left_s[place.id] for place in queue.line if place.owner == owner)
