"""Snapshots: weights and view arrays at chosen steps."""

from __future__ import annotations

import keras
import numpy as np

from core.errors import ArtifactError
from core.jobs.work import Work
from core.models.network import given_variables
from core.schedule.plan import Plan
from core.store.metrics import Snapshot
from core.training.step import Trainee

WEIGHTS = "weights"  # what the names of all weights begin with
LOOKED_AT = (64, 32)  # examples for which every snapshot says which units are 0; the fewer if the more cost too much
LOOK_SHARE = 0.02  # of the time of training that this may cost, at most
LOOK_COST = 1.7  # measured: what a multiply-add costs there, in those of training, whose batches waste less
FIXED_ADDS = 5e6  # multiply-adds that take as long as an update does besides those of its examples


def is_due(before: int, after: int) -> bool:
    """Return whether 1, 2 or 5 times a power of ten lies in (before, after]."""
    power = 1
    while power <= after:
        if any(before < digit * power <= after for digit in (1, 2, 5)):
            return True
        power *= 10
    return False


def examples_looked_at(plan: Plan, multiply_adds: int) -> int:
    """Return how many examples each snapshot looks at for units that are 0; none if that would cost too much.

    Learning from an example takes about three passes through the network.

    Args:
        plan: The whole training.
        multiply_adds: Of one pass of one example.
    """
    steps = plan.total_steps
    count = sum(is_due(step - 1, step) for step in range(1, steps + 1)) + plan.epochs_done(steps)
    training = 3 * plan.images(steps) * multiply_adds + steps * FIXED_ADDS
    a_look = LOOK_COST * count * multiply_adds
    return next((examples for examples in LOOKED_AT if examples * a_look <= LOOK_SHARE * training), 0)


def save(work: Work, trainee: Trainee, *, step: int, epoch: int, wall_s: float) -> None:
    """Write a snapshot and record it."""
    arrays = dict(trainee.views())
    for name, network in trainee.networks.items():
        arrays |= weights_of(network, name)
    work.files.save_snapshot(step, arrays)
    work.store.metrics.add_snapshot(work.run.id, Snapshot(step, epoch, round(wall_s, 3)))


def prefix(name: str) -> str:
    """Return the prefix of a network's weights in a snapshot."""
    return f"{WEIGHTS}/" if name == "network" else f"{WEIGHTS}_{name}/"


def weights_of(network: keras.Model, name: str = "network") -> dict[str, np.ndarray]:
    """Return a network's weights, but for frozen pretrained ones, under the names that `set_weights_of` expects."""
    return {f"{prefix(name)}{i:04d}": weight.numpy() for i, weight in enumerate(_own_weights(network))}


def set_weights_of(network: keras.Model, arrays: dict[str, np.ndarray], name: str = "network") -> None:
    """Set a network's own weights from the arrays of a snapshot.

    Raises:
        ArtifactError: The snapshot belongs to another network.
    """
    saved = [arrays[found] for found in sorted(arrays) if found.startswith(prefix(name))]
    weights = _own_weights(network)
    if [array.shape for array in saved] != [tuple(weight.shape) for weight in weights]:
        raise ArtifactError("the snapshot belongs to another network")
    for weight, array in zip(weights, saved, strict=True):
        weight.assign(array)


def _own_weights(network: keras.Model) -> list[keras.Variable]:
    given = {id(variable) for variable in given_variables(network)}
    return [weight for weight in network.weights if id(weight) not in given]
