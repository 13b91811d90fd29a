"""Limits on one visitor's waiting and training runs, so that nobody blocks the others."""

from __future__ import annotations

import time
from collections.abc import Sequence

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
Trained = tuple[Family, Config]  # what a run trains


def check_waiting(store: Store, owner: str, *, more: int = 1) -> None:
    """Refuse further runs of a visitor with too many waiting ones.

    Args:
        store: Store of all runs.
        owner: The visitor.
        more: Number of further runs.

    Raises:
        LimitError: The visitor would have more than `max_waiting` waiting runs.
    """
    most = store.settings.max_waiting
    if owner in (LOCAL, SERVER):
        return
    waiting = store.runs.count(owners=[owner], status=[Status.QUEUED])
    if waiting + more > most:
        raise LimitError(
            "you have too many waiting runs",
            expected=f"at most {most:,}",
            received=f"{waiting:,}" if more == 1 else f"{waiting:,} and {more:,} more",
            fix="Stop some of them on Home, or wait until one has ended.",
        )


def check_seconds(store: Store, owner: str, trained: Sequence[Trained], spec: DataSpec, *, left: float = 1) -> None:
    """Refuse runs that would exceed a visitor's training time per hour.

    The sum of: training in the last hour, the rest of the visitor's waiting and training runs, and these runs.

    Args:
        store: Store of all runs.
        owner: The visitor.
        trained, spec: The runs, and the shape of their data.
        left: Share of their updates still to make, 0 to 1.

    Raises:
        LimitError: The sum exceeds `seconds_an_hour`.
    """
    most = store.settings.seconds_an_hour
    if most is None or owner in (LOCAL, SERVER):
        return
    used, coming = trained_s(store, owner), _coming_s(read_queue(store), owner)
    speed = read_speed(store)
    asked = left * sum(speed.estimate(load_of(family, config, spec)).seconds for family, config in trained)
    if used + coming + asked > most:
        which = "this run" if len(trained) == 1 else f"these {len(trained)} runs"
        raise LimitError(
            f"{which} would take about {asked:,.0f} s; your other runs have trained {used:,.0f} s in the last hour "
            f"and need about {coming:,.0f} s more",
            expected=f"at most {most:,.0f} s of training in an hour",
            fix="Shorten it, stop waiting runs on Home, or try again later.",
        )


def check_seconds_left(store: Store, owner: str, run: Run) -> None:
    """Refuse to resume a run, as `check_seconds` does, if its rest takes too long.

    Raises:
        LimitError: As `check_seconds`.
    """
    if store.settings.seconds_an_hour is None:
        return
    family, spec = find_family(str(run.family)), find_dataset(store.settings, run.dataset).spec
    check_seconds(store, owner, [(family, config_of(run))], spec, left=share_left(run.progress))


def trained_s(store: Store, owner: str) -> float:
    """Return the seconds that an owner's runs, deleted ones included, trained in the last hour."""
    return store.runs.trained_s(owner, time.time() - HOUR_S)


def _coming_s(queue: Queue, owner: str) -> float:
    return sum(queue.left_s[place.id] for place in queue.line if place.owner == owner)
