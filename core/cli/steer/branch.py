"""Commands that go on from another run: continue, branch."""

from __future__ import annotations

import argparse
import sys

from core.cli.command import Commands
from core.cli.follow import follow, let_foreman_look, open_home
from core.cli.report import show
from core.jobs.branch import branch_training, continue_training
from core.settings import Settings
from core.steering.record import WEIGHTS, Edit
from core.steering.start import config_at, last_saved
from core.store import Run, Store
from core.store.records import LOCAL


def add_commands(command: Commands) -> None:
    """Declare the commands."""
    longer = command("continue", continue_run, "Train a run that has ended for longer, as a run of its own.")
    longer.add_argument("--epochs", type=int, required=True, metavar="N", help="epochs to come")
    branch = command("branch", branch_run, "Start a run from a saved step of another, with something changed.")
    branch.add_argument("--at", type=int, metavar="STEP", help="saved step to start from (default: the last)")
    branch.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change one setting")
    branch.add_argument(
        "--edit", action="append", default=[], metavar="WEIGHT", help="set one weight, such as dense/kernel[0,3]=0.5"
    )
    branch.add_argument("--freeze", action="append", default=[], metavar="LAYER", help="do not train this layer")
    for sub in (longer, branch):
        sub.add_argument("id", metavar="RUN")
        sub.add_argument("--name", default="", help="name of the new run")
        sub.add_argument("--detach", action="store_true", help="do not wait")


def continue_run(settings: Settings, options: argparse.Namespace) -> int:
    """Train a run that has ended for longer."""
    store = open_home(settings)
    let_foreman_look(store, options.id)
    run = continue_training(store, options.id, LOCAL, epochs=options.epochs, name=options.name)
    return _follow(store, run, options)


def branch_run(settings: Settings, options: argparse.Namespace) -> int:
    """Start a run from a saved step of another."""
    store = open_home(settings)
    parent = store.runs.get(options.id)
    step = last_saved(store, parent) if options.at is None else options.at
    config = config_at(parent, step).changed(options.set) if options.set else None
    run = branch_training(
        store,
        options.id,
        LOCAL,
        at=step,
        config=config,
        edits=tuple(map(Edit.parse, options.edit)),
        frozen=tuple(options.freeze),
        name=options.name,
    )
    return _follow(store, run, options)


def _follow(store: Store, run: Run, options: argparse.Namespace) -> int:
    if run.steered.start == WEIGHTS:
        print("glassbox: it starts from the weights alone, with a new optimiser", file=sys.stderr)
    if options.detach:
        show(options, {"run": run.id, "status": run.status}, f"{run.id}  queued")
        return 0
    return follow(store, run, options)
