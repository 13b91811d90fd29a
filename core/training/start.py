"""How a run begins in the state or with the networks of another run."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from core.errors import ArtifactError, ConfigError
from core.families import config_of, find_family
from core.jobs.work import Work
from core.layers.kept import layers_kept
from core.layers.spec import NetworkSpec
from core.models.network import build_network
from core.steering.record import CONTINUED, STATE, WEIGHTS, Edit
from core.store import Run
from core.training import snapshots
from core.training.step import Trainee

Extra = dict[str, np.ndarray]  # what a checkpoint holds besides variables


def prepare(work: Work) -> None:
    """Take over the parent's checkpoint, if the run begins with that."""
    run, steered = work.run, work.run.steered
    if steered.start in (CONTINUED, STATE) and not work.store.metrics.checkpoints(run.id):
        parent, files = _parent(run), work.store.files
        for found in work.store.metrics.checkpoints(parent):
            is_best = steered.start == CONTINUED and found.best and found.step < run.first_step
            if is_best or found.step == run.first_step:
                work.files.copy_checkpoint(files(parent), found.step, found.sha256)
                work.store.metrics.add_checkpoint(run.id, found)


def begin(work: Work, trainee: Trainee, extra: Extra) -> Extra:
    """Take weights from the parent, if there is one, unless its state was loaded; then set the edited weights.

    Args:
        work: The claimed run.
        trainee: Its model.
        extra: What the loaded checkpoint held besides variables.

    Returns:
        The same for this run: seconds trained, and the best validation so far if the run continues its parent.

    Raises:
        ArtifactError: The parent or its state is gone.
        ConfigError: There is no such weight to edit.
    """
    run, steered = work.run, work.run.steered
    if run.branch_step is None:
        return extra
    if steered.start in ("", WEIGHTS):
        _take_weights(work, trainee)
        trainee.start_from_saved()
        extra = {"wall_s": np.array(_wall_s(work))} if steered.start else {}
    elif run.first_step not in [found.step for found in work.store.metrics.checkpoints(run.id)]:
        what = f"the state of run {run.parent} after step {run.first_step:,} is gone"
        raise ArtifactError(what, fix="Branch from one of its snapshots.")
    for edit in steered.edits:
        _set(trainee, edit)
    work.log("starts from", run=run.parent, step=run.branch_step, start=steered.start, edits=len(steered.edits))
    return extra if steered.start in ("", CONTINUED) else {"wall_s": extra["wall_s"]}


def _parent(run: Run) -> str:
    if run.parent is None:
        raise ArtifactError("the run whose networks this one starts from was deleted", fix="Start another run.")
    return run.parent


def _wall_s(work: Work) -> float:
    """Return the seconds that the parent had trained then."""
    saved = work.store.metrics.snapshots(_parent(work.run))
    return next((one.wall_s for one in saved if one.step == work.run.branch_step), 0.0)


def _take_weights(work: Work, trainee: Trainee) -> None:
    """Set the weights of the parent's snapshot; layers that the parent lacks keep their own."""
    parent = work.store.runs.get(_parent(work.run))
    weights = work.store.files(parent.id).load_snapshot(work.run.branch_step or 0, snapshots.WEIGHTS)
    family, spec = find_family(str(parent.family)), trainee.data_spec
    before = {network.id: network for network in family.networks(config_of(parent), spec)}
    after = {network.id: network for network in family.networks(trainee.config, spec)}
    for name, network in trainee.networks.items():
        if before[name].specs == after[name].specs:
            snapshots.set_weights_of(network, weights, name)
        else:
            _take_some(network, weights, before[name], after[name])


def _take_some(
    network: keras.Model, weights: Mapping[str, np.ndarray], before: NetworkSpec, after: NetworkSpec
) -> None:
    """Set the weights of those layers that come from an earlier network."""
    earlier = build_network(before.specs, before)
    snapshots.set_weights_of(earlier, dict(weights), before.id)
    for new, old in layers_kept(before.specs, after.specs, after.input_shape).items():
        network.get_layer(new).set_weights(earlier.get_layer(old).get_weights())


def _set(trainee: Trainee, edit: Edit) -> None:
    """Set one weight, in each network that holds it."""
    first, _, rest = edit.tensor.partition("/")
    name, path = (first, rest) if first in trainee.networks else (next(iter(trainee.networks)), edit.tensor)
    for network in trainee.holders(name):
        variables = {said: weight for weight in network.weights for said in (_short(weight.path), weight.path)}
        if path not in variables:
            known = ", ".join([weight.path for weight in network.weights][:12])
            raise ConfigError(f"there is no weight {path!r}", expected=f"one of {known}", received=edit.to_text())
        values = variables[path].numpy()
        if len(edit.index) != values.ndim or any(at >= side for at, side in zip(edit.index, values.shape, strict=True)):
            shape = "x".join(map(str, values.shape))
            raise ConfigError(f"{path} has no such place", expected=f"an index of {shape}", received=edit.to_text())
        values[edit.index] = edit.value
        variables[path].assign(values)


def _short(path: str) -> str:
    """Return the layer and the variable, without a wrapper around the layer."""
    return "/".join(path.split("/")[-2:])
