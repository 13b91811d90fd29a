"""Wait for runs and other tasks."""

from __future__ import annotations

import argparse
import sys
import time

from core.cli.report import ending, report_with_groups, show
from core.datasets import find_dataset
from core.errors import DatasetError
from core.jobs import ensure_foreman
from core.jobs.queue import read_queue
from core.runs.notebook.guesses import outcomes
from core.settings import Settings
from core.store import Run, Status, Store, open_store
from core.store.records import HELD, LOCAL

POLL_S = 0.1
LOOKED_S = 12.0  # longest time until a foreman notices that a run's worker is gone
BAR = 30  # characters


def open_home(settings: Settings) -> Store:
    """Open the store, and make sure that a foreman is running."""
    store = open_store(settings)
    ensure_foreman(settings)
    return store


def let_foreman_look(store: Store, run_id: str) -> None:
    """Wait while a run is held without a heartbeat: after a crash, the foreman has yet to check it."""
    first, until = store.runs.get(run_id), time.monotonic() + LOOKED_S
    run = first
    while run.status in HELD and run.heartbeat == first.heartbeat and time.monotonic() < until:
        time.sleep(POLL_S)
        run = store.runs.get(run_id)


def follow(store: Store, run: Run, options: argparse.Namespace) -> int:
    """Wait for a run and print its result; return the exit status."""
    try:
        run = wait(store, run, shows=not options.json and sys.stderr.isatty())
    except KeyboardInterrupt:
        print(f"\nglassbox: run {run.id} goes on; stop it with: python -m core stop {run.id}", file=sys.stderr)
        raise
    guesses = [outcome.sentence for outcome in outcomes(store, run, LOCAL)]
    values = report_with_groups(store, run, asks=options.json)
    show(
        options,
        {**values, **({"guesses": guesses} if guesses else {})},
        "\n".join([ending(run, kind_of(store, run)), *guesses]),
    )
    if run.error:
        print(f"glassbox: {run.error}", file=sys.stderr)
    return 0 if run.status is Status.SUCCEEDED else 1


def kind_of(store: Store, run: Run) -> str:
    """Return what a run's data is made of, such as `images`; `examples` if the data is gone."""
    try:
        return find_dataset(store.settings, run.dataset).spec.kind
    except DatasetError:
        return "examples"


def wait(store: Store, run: Run, *, shows: bool) -> Run:
    """Wait until a run has ended, with a progress bar if `shows`."""
    shown = ""
    while not run.status.is_final:
        ensure_foreman(store.settings)
        line = _progress(store, run)
        if shows and line != shown:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        shown = line
        time.sleep(POLL_S)
        run = store.runs.get(run.id)
    if shows and shown:
        print(file=sys.stderr)
    return run


def _progress(store: Store, run: Run) -> str:
    if run.status is Status.QUEUED:
        ahead = read_queue(store).wait(run).ahead
        return f"queued, {ahead} before you" if ahead else "queued, next"
    if run.status is Status.PAUSED:
        return f"paused at step {run.progress.get('step', 0):,}; go on with: python -m core resume {run.id}"
    total = run.progress.get("total_steps")
    if not total:
        return str(run.progress.get("phase", "starting"))
    share = run.progress["step"] / total
    filled = round(share * BAR)
    speed, left = run.progress.get("images_per_s"), run.progress.get("left_s")
    rest = f"  {speed:,} images/s  {left:.0f} s left" if speed else ""
    epoch = min(run.progress["epoch"] + 1, run.progress["epochs"])
    bar = "#" * filled + "." * (BAR - filled)
    return f"{run.progress['phase']} [{bar}] {share:4.0%}  epoch {epoch} of {run.progress['epochs']}{rest}"
