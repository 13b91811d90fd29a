"""Commands for a run that trains or is paused: pause, step, set."""

from __future__ import annotations

import argparse
import time

from core.cli.command import Commands
from core.cli.follow import POLL_S, let_foreman_look, open_home
from core.cli.report import report, show
from core.errors import RunError
from core.families import config_of
from core.jobs import ensure_foreman
from core.jobs.steer import pause_training, steer_training, step_training
from core.settings import Settings
from core.steering.dials import find_dial, parse_dial, values_at
from core.store import Run, Status, Store
from core.store.records import LOCAL, NOT_APPLIED


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    command("pause", pause, "Pause a run: its whole state is saved, and its place is free.").add_argument(
        "id", metavar="RUN"
    )
    one = command("step", step, "Let a run make one update, or complete some epochs, and then pause.")
    one.add_argument("id", metavar="RUN")
    either = one.add_mutually_exclusive_group()
    either.add_argument("--updates", type=int, default=1, metavar="N", help="updates to make (default: 1)")
    either.add_argument("--epochs", type=int, default=0, metavar="N", help="epochs to complete instead")
    change = command("set", set_dial, "Change settings of a run while it trains or is paused.")
    change.add_argument("id", metavar="RUN")
    change.add_argument("settings", nargs="+", metavar="NAME=VALUE", help="such as learning_rate=0.001")


def pause(settings: Settings, options: argparse.Namespace) -> int:
    """Pause a run, and wait until it has."""
    store = open_home(settings)
    let_foreman_look(store, options.id)
    pause_training(store, options.id, LOCAL)
    return _say(store, options)


def step(settings: Settings, options: argparse.Namespace) -> int:
    """Let a run make a few updates, and wait until it has paused or ended."""
    store = open_home(settings)
    let_foreman_look(store, options.id)
    step_training(store, options.id, LOCAL, updates=options.updates, epochs=options.epochs)
    return _say(store, options)


def set_dial(settings: Settings, options: argparse.Namespace) -> int:
    """Change settings of a run, and say from which step on they hold."""
    store = open_home(settings)
    run = store.runs.get(options.id)
    asked = [parse_dial(config_of(run), text) for text in options.settings]
    said, values = [], []
    for name, value in asked:
        before = values_at(config_of(run), run.steered.changes)[name]
        at = _applied(store, run, name, value)
        label = find_dial(config_of(run), name).label.lower()
        said.append(f"step {at:,}: {label} {before:g} -> {value:g}")
        values.append({"step": at, "name": name, "old": before, "new": value})
        run = store.runs.get(run.id)
    show(options, {"run": run.id, "status": run.status, "changes": values}, "\n".join(said))
    return 0


def _applied(store: Store, run: Run, name: str, value: float) -> int:
    """Change a setting; return the step after which it holds."""
    asked = steer_training(store, run.id, LOCAL, name, value)
    if asked is None:
        return int(run.progress.get("step", 0))
    while (now := next(one for one in store.runs.controls(run.id) if one.id == asked.id)).applied_step is None:
        ensure_foreman(store.settings)
        time.sleep(POLL_S)
    if now.applied_step == NOT_APPLIED:
        raise RunError(f"run {run.id} ended before {name} could be changed", received=store.runs.get(run.id).status)
    return now.applied_step


def _say(store: Store, options: argparse.Namespace) -> int:
    run = store.runs.get(options.id)
    while run.status in (Status.QUEUED, Status.RUNNING):
        ensure_foreman(store.settings)
        time.sleep(POLL_S)
        run = store.runs.get(run.id)
    at = f" at step {run.progress.get('step', 0):,} of {run.progress.get('total_steps', 0):,}"
    show(options, {**report(run), "step": run.progress.get("step")}, f"{run.id}  {run.status}{at}")
    return 0
