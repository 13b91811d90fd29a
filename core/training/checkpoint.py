"""Checkpoints, from which a run resumes exactly."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from core.errors import ArtifactError
from core.jobs.work import Work
from core.models.network import given_variables
from core.store.metrics import Checkpoint
from core.training.step import Trainee

KEPT = 2  # newest checkpoints; the best one is kept too
EXTRA = "extra/"  # state of the callbacks, besides the variables


def state_of(trainee: Trainee, extra: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Return copies of all variables of the model (seed states included) and its optimisers.

    Args:
        trainee: The model.
        extra: State of the callbacks.
    """
    variables = {f"{place}/{v.path}": np.array(v.numpy()) for place, v in _variables(trainee).items()}
    return {**variables, **{EXTRA + name: value for name, value in (extra or {}).items()}}


def restore(trainee: Trainee, state: Mapping[str, np.ndarray]) -> None:
    """Restore all variables from a saved state.

    Raises:
        ArtifactError: The state belongs to another network.
    """
    variables = _variables(trainee)
    # By index, not by path: Keras numbers seed paths by what the process built before.
    saved = {"/".join(name.split("/")[:2]): array for name, array in state.items() if not name.startswith(EXTRA)}
    if {place: tuple(v.shape) for place, v in variables.items()} != {p: a.shape for p, a in saved.items()}:
        raise ArtifactError("the checkpoint belongs to another network")
    for place, variable in variables.items():
        variable.assign(saved[place])


def save(work: Work, state: Mapping[str, np.ndarray], step: int, *, best: bool) -> None:
    """Write and record a checkpoint, and delete old ones.

    Args:
        work: The claimed run.
        state: What `state_of` returned then.
        step: Updates completed.
        best: Whether this is the best validation so far.
    """
    sha256 = work.files.save_checkpoint(step, state)
    metrics = work.store.metrics
    metrics.add_checkpoint(work.run.id, Checkpoint(step, sha256, best))
    found = metrics.checkpoints(work.run.id)
    for old in found[:-KEPT]:
        if not old.best:
            metrics.drop_checkpoint(work.run.id, old.step)
            work.files.drop_checkpoint(old.step)


def load_last(work: Work, trainee: Trainee) -> tuple[int, dict[str, np.ndarray]]:
    """Restore the newest intact checkpoint.

    Returns:
        Its step (0 if there is none) and its `extra` arrays.
    """
    for checkpoint in reversed(work.store.metrics.checkpoints(work.run.id)):
        state = _restored(work, trainee, checkpoint)
        if state:
            extra = {name: value for name, value in state.items() if name.startswith(EXTRA)}
            return checkpoint.step, {name.removeprefix(EXTRA): value for name, value in extra.items()}
    return 0, {}


def load_best(work: Work, trainee: Trainee) -> int | None:
    """Restore the checkpoint of the best validation and return its step; None if none is intact."""
    for checkpoint in work.store.metrics.checkpoints(work.run.id):
        if checkpoint.best and _restored(work, trainee, checkpoint):
            return checkpoint.step
    return None


def _restored(work: Work, trainee: Trainee, checkpoint: Checkpoint) -> dict[str, np.ndarray] | None:
    """Restore one checkpoint; delete the record of a damaged one."""
    try:
        state = work.files.load_checkpoint(checkpoint.step, checkpoint.sha256)
        restore(trainee, state)
    except ArtifactError as error:
        work.log("checkpoint skipped", step=checkpoint.step, error=str(error))
        work.store.metrics.drop_checkpoint(work.run.id, checkpoint.step)
        return None
    return state


def _variables(trainee: Trainee) -> dict[str, keras.Variable]:
    """Return all variables by index, such as `model/0003`, without frozen pretrained weights."""
    steered = [variable for optimizer in trainee.optimizers for variable in optimizer.variables]
    given = {id(v) for network in trainee.networks.values() for v in given_variables(network)}
    both = (("model", [v for v in trainee.variables if id(v) not in given]), ("optimizer", steered))
    return {f"{group}/{i:04d}": v for group, variables in both for i, v in enumerate(variables)}
