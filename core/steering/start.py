"""Where a run starts in another one: checked before it is queued."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import Config
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.errors import RunError
from core.families import Family, config_of, find_family
from core.families.supervised.config import SupervisedConfig
from core.layers import trace
from core.layers.kept import form_of, layers_kept
from core.schedule.plan import Plan
from core.schedule.rates import learning_rates
from core.steering.dials import settings_at
from core.steering.record import CONTINUED, MOST_EDITS, STATE, WEIGHTS, Change, Edit, Steering
from core.store import Run, Store

NEAREST = 6  # saved steps that an error names


@dataclass(frozen=True)
class Start:
    """Where a run starts in another.

    Args:
        parent: Id of that run.
        step: After so many updates of it.
        kind: `continued`, `state` or `weights`; see `Steering`.
        edits: Weights set by hand before the first update.
        frozen: Layers that are not trained.
        changes: What was changed in the run that it continues, as if in this one.
    """

    parent: str
    step: int
    kind: str
    edits: tuple[Edit, ...] = ()
    frozen: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    def columns(self, plan: Plan) -> dict[str, Any]:
        """Return the columns of a `NewRun` with this plan."""
        return {
            "parent": self.parent,
            "branch_step": self.step,
            "steering": Steering(self.kind, self.edits, self.frozen, self.changes).to_dict(),
            "progress": {
                "step": self.step,
                "total_steps": plan.total_steps,
                "epoch": int(plan.passes(self.step)),
                "epochs": math.ceil(plan.passes(plan.total_steps)),
            },
        }


def start_of(run: Run) -> Start | None:
    """Return where a run started in another; None if it did not."""
    steered = run.steered
    if run.parent is None or run.branch_step is None:
        return None
    return Start(run.parent, run.branch_step, steered.start, steered.edits, steered.frozen)


def config_at(run: Run, step: int) -> Config:
    """Return the settings that a run had after some updates."""
    return settings_at(config_of(run), run.steered.changes, step)


def rates_of(run: Run, spec: DataSpec) -> np.ndarray:
    """Return the learning rate of each update of a supervised run, (updates,), with the changes while it trained."""
    config = config_of(run)
    assert isinstance(config, SupervisedConfig)
    total = config.plan(spec).total_steps
    rates = np.empty(total)
    for step in sorted({0, *(one.step for one in run.steered.changes)}):
        then = settings_at(config, run.steered.changes, step)
        rates[step:] = learning_rates(then.schedule, then.learning_rate, total, then.warmup)[step:]
    return rates


def saved_steps(store: Store, run: Run) -> list[int]:
    """Return the steps from which another run can start, sorted."""
    found = {one.step for one in store.metrics.snapshots(run.id)} | _states(store, run)
    return sorted(found)


def last_saved(store: Store, run: Run) -> int:
    """Return the last step from which another run can start.

    Raises:
        RunError: Nothing is saved yet.
    """
    steps = saved_steps(store, run)
    if not steps:
        raise RunError(f"run {run.id} has saved nothing to start from yet", fix="Wait until training has begun.")
    return steps[-1]


def start_at(
    store: Store,
    run: Run,
    config: Config,
    *,
    at: int,
    edits: Sequence[Edit] = (),
    frozen: Sequence[str] = (),
) -> Start:
    """Return where a run of these settings starts in another: with its whole state if that is saved and fits.

    Args:
        store: Store of the run.
        run: The run to start from.
        config: Settings of the run to come.
        at: Updates of `run` after which to start.
        edits: Weights to set by hand before the first update.
        frozen: Layers that are not to be trained, as users see them.

    Raises:
        RunError: Nothing is saved there, the weights do not fit, or nothing would be left to train.
        ConfigError: The networks are impossible on this data.
    """
    steps = saved_steps(store, run)
    if at not in steps:
        last_saved(store, run)  # says so where nothing is saved at all
        near = sorted(sorted(steps, key=lambda step: abs(step - at))[:NEAREST])
        raise RunError(
            f"run {run.id} has saved nothing at this step",
            expected=f"one of its saved steps, such as {', '.join(f'{step:,}' for step in near)}",
            received=f"{at:,}",
        )
    family, spec = find_family(str(run.family)), find_dataset(store.settings, run.dataset).spec
    config.validate(spec)
    total = config.plan(spec).total_steps
    if at >= total:
        fix = "Choose an earlier step, or let it train for longer."
        raise RunError(
            "nothing would be left to train", expected=f"a step below {total:,}", received=f"{at:,}", fix=fix
        )
    names = _weighted_layers(family, config, spec)
    _check_frozen(list(dict.fromkeys(name for _, name in names)), frozen)
    _check_edits([name for name, _ in names], edits)
    is_same = _is_same_form(family, config_of(run), config, spec)
    has_snapshot = at in {one.step for one in store.metrics.snapshots(run.id)}
    if at in _states(store, run) and is_same and not frozen:
        return Start(run.id, at, STATE, tuple(edits))
    if not has_snapshot:
        what = f"only the whole state is saved at step {at:,} of run {run.id}, which does not fit these settings"
        raise RunError(what, fix="Choose the step of a snapshot.")
    _check_weights(family, config_of(run), config, spec)
    return Start(run.id, at, WEIGHTS, tuple(edits), tuple(frozen))


def last_state(store: Store, run: Run) -> Start:
    """Return the start of a run that continues another with everything it had, or else with its last weights.

    Raises:
        RunError: Nothing is saved yet.
    """
    step = last_saved(store, run)
    kind = CONTINUED if step in _states(store, run) else WEIGHTS
    return Start(run.id, step, kind, frozen=run.steered.frozen, changes=_until(run, step))


def _until(run: Run, step: int) -> tuple[Change, ...]:
    return tuple(change for change in run.steered.changes if change.step <= step)


def _states(store: Store, run: Run) -> set[int]:
    """Return the steps of which everything is saved; a run that trains soon deletes those that it has now."""
    return {one.step for one in store.metrics.checkpoints(run.id)} if not run.is_held else set()


def _is_same_form(family: Family, before: Config, after: Config, spec: DataSpec) -> bool:
    """Return whether the variables of two runs are of the same shapes, optimisers and chance included."""
    forms = [
        [form_of(network.specs) for network in family.networks(config, spec)]
        + [form_of(family.augmentation(config)), list(config.state_of)]
        for config in (before, after)
    ]
    return forms[0] == forms[1]


def _check_weights(family: Family, before: Config, after: Config, spec: DataSpec) -> None:
    old, new = family.networks(before, spec), family.networks(after, spec)
    for one, other in zip(old, new, strict=True):
        if one.input_shape != other.input_shape:
            raise RunError("the weights do not fit: the network has another input", received=str(other.input_shape))
        if one.specs != other.specs:
            layers_kept(one.specs, other.specs, other.input_shape)


def _weighted_layers(family: Family, config: Config, spec: DataSpec) -> list[tuple[str, str]]:
    """Return the layers with weights of all networks: their names, and what users see them as."""
    networks = family.networks(config, spec)
    costs = [cost for network in networks for cost in trace(network.specs, network.input_shape) if cost.parameters]
    return [(cost.spec.name, cost.spec.seen_as) for cost in costs]


def _check_edits(names: Sequence[str], edits: Sequence[Edit]) -> None:
    if len(edits) > MOST_EDITS:
        raise RunError("too many weights are edited", expected=f"at most {MOST_EDITS:,}", received=f"{len(edits):,}")
    for edit in edits:
        if not set(names).intersection(edit.tensor.split("/")[:-1]):
            expected = f"a layer and one of its weights, such as {names[0]}/kernel; layers: {', '.join(names)}"
            raise RunError("there is no such weight to edit", expected=expected, received=edit.to_text())


def _check_frozen(names: Sequence[str], frozen: Sequence[str]) -> None:
    for name in frozen:
        if name not in names:
            raise RunError(f"there is no layer {name!r} to freeze", expected=f"one of {', '.join(names)}")
    if frozen and not set(names) - set(frozen):
        raise RunError("nothing would be left to train: every layer is frozen", fix="Freeze fewer layers.")
