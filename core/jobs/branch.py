"""Queue a run that goes on from another one, as it was or with a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.config import Config
from core.datasets import find_dataset
from core.errors import ConfigError, RunError
from core.families import config_of, find_family
from core.jobs.submit import submit_training
from core.runs.run_settings import settings_of
from core.steering.record import Edit
from core.steering.start import Start, config_at, last_saved, last_state, start_at
from core.store import Run, Store
from core.store.records import NewGuess
from core.store.runs.changes import LONGEST_NAME

FEW = 2  # changes that a name tells


def continue_training(store: Store, run_id: str, actor: str, *, epochs: int, name: str = "") -> Run:
    """Queue a run that goes on where another ended, with all that it had; the other stays as it was.

    Args:
        store: Store of the run.
        run_id: The run that has ended.
        actor: Owner of the new run.
        epochs: Epochs to come; one that had begun is completed first.
        name: Name of the new run; if empty, one is made.

    Raises:
        RunError: It has not ended, or has saved nothing.
        ConfigError: The whole run would be too long, or `epochs` is not above 0.
        NotAllowedError, LimitError, DatasetError, StoreError: As `submit_training`.
    """
    run = _trained_here(store, run_id)
    if epochs < 1:
        raise ConfigError("it cannot be continued for so long", expected="at least 1 epoch", received=str(epochs))
    if not run.status.is_final:
        raise RunError(f"run {run_id} has not ended", received=run.status, fix="Branch from it, or wait for its end.")
    start = last_state(store, run)
    spec = find_dataset(store.settings, run.dataset).spec
    config = config_of(run).longer(spec, start.step, epochs)
    more = f", {epochs} more epoch{'s' if epochs > 1 else ''}"
    return _submit(store, run, config, start, actor, name or f"{run.name[: LONGEST_NAME - len(more)]}{more}")


def branch_training(
    store: Store,
    run_id: str,
    actor: str,
    *,
    at: int | None = None,
    changes: Mapping[str, Any] | None = None,
    config: Config | None = None,
    edits: Sequence[Edit] = (),
    frozen: Sequence[str] = (),
    name: str = "",
    guesses: Sequence[NewGuess] = (),
) -> Run:
    """Queue a run that starts from a saved moment of another, with changed settings or weights.

    Args:
        store: Store of the run.
        run_id: The run to start from.
        actor: Owner of the new run.
        at: Updates of it after which to start; by default, its last saved moment.
        changes: Settings with new values; the others are those that it had then.
        config: All settings instead.
        edits: Weights to set by hand before the first update.
        frozen: Layers not to train, as users see them.
        name: Name of the new run; if empty, one is made.
        guesses: What the owner expects of it.

    Raises:
        RunError: Nothing is saved there, or the weights do not fit the changed network.
        ConfigError: The settings are impossible.
        NotAllowedError, LimitError, DatasetError, StoreError: As `submit_training`.
    """
    run = _trained_here(store, run_id)
    at = last_saved(store, run) if at is None else at
    config = config or settings_of(run, changes, config_at(run, at)).config
    start = start_at(store, run, config, at=at, edits=edits, frozen=frozen)
    name = name or _name(run, start, config)
    return _submit(store, run, config, start, actor, name, guesses)


def _trained_here(store: Store, run_id: str) -> Run:
    run = store.runs.get(run_id)
    if run.family is None or not find_family(run.family).is_trained_here:
        raise RunError(f"run {run_id} was not trained here, so it cannot go on here")
    return run


def _name(run: Run, start: Start, config: Config) -> str:
    """Name a run after its parent, the step and what is changed."""
    before = config_at(run, start.step)
    told = [f"{config.field(name).label.lower()} {mine}" for name, (mine, _) in config.differences(before).items()]
    told = [text for text in told if len(text) <= LONGEST_NAME // 3]
    told += [f"{len(start.edits)} edited weight{'s' if len(start.edits) > 1 else ''}"] if start.edits else []
    told += [f"{', '.join(start.frozen)} frozen"] if start.frozen else []
    more = f" from step {start.step:,}" + (f": {', '.join(told[:FEW])}" if told else "")
    return f"{run.name[: max(20, LONGEST_NAME - len(more))]}{more}"[:LONGEST_NAME]


def _submit(
    store: Store, run: Run, config: Config, start: Start, actor: str, name: str, guesses: Sequence[NewGuess] = ()
) -> Run:
    known = settings_of(run)
    return submit_training(
        store,
        known.family,
        config,
        run.dataset,
        actor,
        preset=known.preset,
        name=name,
        once=True,
        start=start,
        guesses=guesses,
    )
