"""Limits on one visitor's waiting and training runs, so that nobody blocks the others."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.config import Config
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.disk import held_bytes
from core.errors import LimitError
from core.families import Family, config_of, find_family
from core.jobs.queue import Queue, read_queue, share_left
from core.layers import total_parameters, trace
from core.runs.estimate import load_of, read_speed
from core.store import Run, Status, Store
from core.store.records import LOCAL, SERVER
from core.units import MB

HOUR_S = 3600.0
MEASURED_S = 60.0  # between two looks at how much the home folder holds
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


def check_size(store: Store, owner: str, trained: Sequence[Trained], spec: DataSpec) -> None:
    """Refuse a visitor's runs that are too large or too long each, or for which the home folder has no room.

    Raises:
        LimitError: A run has more than `max_parameters`, would take more than `seconds_a_run`, or the home folder holds
            more than `disk_mb`.
    """
    limits = store.settings
    if owner in (LOCAL, SERVER):
        return
    for family, config in trained:
        _check_run(store, family, config, spec)
    held = held_mb(store)
    if limits.disk_mb is not None and held > limits.disk_mb:
        raise LimitError(
            "this server has no room for another run",
            expected=f"at most {limits.disk_mb:,} MB of runs and data",
            received=f"{held:,.0f} MB",
            fix="Delete runs that you no longer need, or ask whoever runs this server.",
        )


def parameters_of(family: Family, config: Config, spec: DataSpec) -> int:
    """Return the number of weights of all networks of a run."""
    networks = family.networks(config, spec)
    return sum(total_parameters(trace(network.specs, network.input_shape)) for network in networks)


def held_mb(store: Store) -> float:
    """Return the MB in the home folder if they are limited, measured once a minute, which may take a second."""
    limits = store.settings
    return held_bytes(limits.home, time.monotonic() // MEASURED_S) / MB if limits.disk_mb is not None else 0.0


def _check_run(store: Store, family: Family, config: Config, spec: DataSpec) -> None:
    limits = store.settings
    if limits.max_parameters is not None and (count := parameters_of(family, config, spec)) > limits.max_parameters:
        raise LimitError(
            "this network is too large for this server",
            expected=f"at most {limits.max_parameters:,} parameters",
            received=f"{count:,}",
            fix="Remove layers, or make them smaller.",
        )
    if limits.seconds_a_run is None:
        return
    seconds = read_speed(store).estimate(load_of(family, config, spec)).seconds
    if seconds > limits.seconds_a_run:
        raise LimitError(
            f"this run would take about {seconds:,.0f} s",
            expected=f"at most {limits.seconds_a_run:,.0f} s a run",
            fix="Choose fewer epochs, fewer training examples or a smaller network.",
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
