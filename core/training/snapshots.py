"""Snapshots: weights and view arrays at chosen steps."""

from __future__ import annotations

import keras
import numpy as np

from core.jobs.work import Work
from core.store.metrics import Snapshot
from core.training.step import Trainee


def is_due(before: int, after: int) -> bool:
    """Return whether 1, 2 or 5 times a power of ten lies in (before, after]."""
    power = 1
    while power <= after:
        if any(before < digit * power <= after for digit in (1, 2, 5)):
            return True
        power *= 10
    return False


def save(work: Work, trainee: Trainee, *, step: int, epoch: int, wall_s: float) -> None:
    """Write a snapshot and record it."""
    arrays = dict(trainee.views())
    for name, network in trainee.networks.items():
        arrays |= weights_of(network, name)
    work.files.save_snapshot(step, arrays)
    work.store.metrics.add_snapshot(work.run.id, Snapshot(step, epoch, round(wall_s, 3)))


def prefix(name: str) -> str:
    """Return the prefix of a network's weights in a snapshot."""
    return "weights/" if name == "network" else f"weights_{name}/"


def weights_of(network: keras.Model, name: str = "network") -> dict[str, np.ndarray]:
    """Return a network's weights under the names that `set_weights_of` expects."""
    return {f"{prefix(name)}{i:04d}": array for i, array in enumerate(network.get_weights())}


def set_weights_of(network: keras.Model, arrays: dict[str, np.ndarray], name: str = "network") -> None:
    """Set a network's weights from the arrays of a snapshot."""
    names = sorted(found for found in arrays if found.startswith(prefix(name)))
    network.set_weights([arrays[name] for name in names])
