"""Everything that a run needs to go on exactly where it was."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from core.errors import ArtifactError
from core.jobs.work import Work
from core.models.network import given_variables
from core.store.metrics import Checkpoint
from core.training.step import Trainee

KEPT = 2  # the newest ones; the best is kept besides
EXTRA = "extra/"  # what the callbacks need, beside the variables


def state_of(trainee: Trainee) -> dict[str, np.ndarray]:
    """Return every variable of model (seed states included) and optimiser."""
    return {f"{place}/{v.path}": v.numpy() for place, v in _variables(trainee).items()}


def restore(trainee: Trainee, state: Mapping[str, np.ndarray]) -> None:
    """Set every variable to a saved state.

    Raises:
        ArtifactError: The state belongs to another network.
    """
    variables = _variables(trainee)
    # By place, not by path: Keras numbers the paths of seeds by what was built in the process before.
    saved = {"/".join(name.split("/")[:2]): array for name, array in state.items() if not name.startswith(EXTRA)}
    if {place: tuple(v.shape) for place, v in variables.items()} != {p: a.shape for p, a in saved.items()}:
        raise ArtifactError("the checkpoint belongs to another network")
    for place, variable in variables.items():
        variable.assign(saved[place])


def save(work: Work, trainee: Trainee, step: int, *, best: bool, extra: Mapping[str, np.ndarray]) -> None:
    """Write a checkpoint, record it, and drop those that are no longer needed.

    Args:
        work: Whose run it is.
        trainee: The model.
        step: Updates completed.
        best: Whether no validation was better.
        extra: What the callbacks need to go on.
    """
    state = {**state_of(trainee), **{EXTRA + name: value for name, value in extra.items()}}
    sha256 = work.files.save_checkpoint(step, state)
    metrics = work.store.metrics
    metrics.add_checkpoint(work.run.id, Checkpoint(step, sha256, best))
    found = metrics.checkpoints(work.run.id)
    for old in found[:-KEPT]:
        if not old.best:
            metrics.drop_checkpoint(work.run.id, old.step)
            work.files.drop_checkpoint(old.step)


def load_last(work: Work, trainee: Trainee) -> tuple[int, dict[str, np.ndarray]]:
    """Restore the newest checkpoint that is whole.

    Returns:
        Its step (0 if there is none) and the `extra` it was saved with.
    """
    for checkpoint in reversed(work.store.metrics.checkpoints(work.run.id)):
        state = _restored(work, trainee, checkpoint)
        if state:
            extra = {name: value for name, value in state.items() if name.startswith(EXTRA)}
            return checkpoint.step, {name.removeprefix(EXTRA): value for name, value in extra.items()}
    return 0, {}


def load_best(work: Work, trainee: Trainee) -> int | None:
    """Restore the checkpoint of the best validation; None if there is none that is whole."""
    for checkpoint in work.store.metrics.checkpoints(work.run.id):
        if checkpoint.best and _restored(work, trainee, checkpoint):
            return checkpoint.step
    return None


def _restored(work: Work, trainee: Trainee, checkpoint: Checkpoint) -> dict[str, np.ndarray] | None:
    """Restore one checkpoint; one that is damaged is forgotten."""
    try:
        state = work.files.load_checkpoint(checkpoint.step, checkpoint.sha256)
        restore(trainee, state)
    except ArtifactError as error:
        work.log("checkpoint skipped", step=checkpoint.step, error=str(error))
        work.store.metrics.drop_checkpoint(work.run.id, checkpoint.step)
        return None
    return state


def _variables(trainee: Trainee) -> dict[str, keras.Variable]:
    """Return every variable by its place, such as `model/0003`, but frozen weights that their source gives again."""
    steered = [variable for optimizer in trainee.optimizers for variable in optimizer.variables]
    given = {id(v) for network in trainee.networks.values() for v in given_variables(network)}
    both = (("model", [v for v in trainee.variables if id(v) not in given]), ("optimizer", steered))
    return {f"{group}/{i:04d}": v for group, variables in both for i, v in enumerate(variables)}
