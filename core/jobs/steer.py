"""Steer a run that trains or is paused: pause it, let it make a few updates, change a setting."""

from __future__ import annotations

from core.errors import RunError
from core.families import config_of
from core.jobs.submit import resume_training
from core.steering.dials import find_dial
from core.store import Run, Status, Store
from core.store.records import Control


def pause_training(store: Store, run_id: str, actor: str) -> Control:
    """Ask a run to save its whole state after this update and to free its place.

    Raises:
        NotAllowedError: The actor does not own it.
        RunError: It does not train now.
    """
    return store.runs.ask(run_id, actor, "pause")


def step_training(store: Store, run_id: str, actor: str, *, updates: int = 1, epochs: int = 0) -> Run:
    """Let a run make some updates, or complete some epochs, and then pause.

    Raises:
        NotAllowedError: The actor does not own it.
        RunError: It neither trains nor is paused, or this is no number of updates.
        LimitError, DatasetError, StoreError: As `resume_training`.
    """
    if updates < 1 or epochs < 0:
        raise RunError("it cannot take such a step", expected="1 or more", received=str(epochs or updates))
    asked = {"epochs": epochs} if epochs else {"updates": updates}
    if store.runs.get(run_id).status is Status.PAUSED:
        return resume_training(store, run_id, actor, step=asked)
    store.runs.ask(run_id, actor, "step", asked)
    return store.runs.get(run_id)


def steer_training(store: Store, run_id: str, actor: str, name: str, value: float) -> Control | None:
    """Change a setting of a run from its next update on.

    Args:
        store: Store of the run.
        run_id: The run.
        actor: Who asks.
        name: One of `dials_of` its settings.
        value: The new value.

    Returns:
        The request to a run that trains; None if it is paused, and the change recorded.

    Raises:
        NotAllowedError: The actor does not own it.
        RunError: It neither trains nor is paused.
        ConfigError: That setting cannot be changed, or not to this value.
    """
    run = store.runs.get(run_id)
    find_dial(config_of(run), name).check(name, value)
    if run.status is not Status.PAUSED:
        return store.runs.ask(run_id, actor, "set", {"name": name, "value": value})
    steered = run.steered.changed(int(run.progress.get("step", 0)), name, value)
    if not store.runs.steer_paused(run, actor, steered.to_dict()):
        raise RunError(f"run {run_id} has just been resumed", fix="Try again.")
    return None
