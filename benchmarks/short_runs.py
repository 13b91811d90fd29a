"""Measure short runs in a queue against the same runs with a new process each.

    python benchmarks/short_runs.py [--runs 8] [--rounds 2]

Both sides begin with a warm spare worker and end with the last run. Each run is the preset `fast` on `mnist_5k` with a
network and budget so small that training takes half a second. For new processes, the worker is killed after each run
and the next run is queued at once, as if a process did only one run. Prints one JSON line per round.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import psutil

from benchmarks.app_process import end_processes, wait_until
from core.datasets import prepare
from core.families import find_family
from core.jobs import ensure_foreman, submit_training
from core.settings import Settings, this_host
from core.store import Status, Store, open_store
from core.store.records import LOCAL

SMALL = ["layers=conv:2:3:relu,pool:max:4,flatten", "max_images=1000", "schedule=constant"]
LONG_S = 300.0


def main() -> None:
    """Measure both sides in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", Path(folder) / "data")
        store = open_store(settings)
        try:
            prepare(settings, "mnist_5k")
            for number in range(options.rounds):
                queued, anew = in_a_queue(store, options.runs), anew_each(store, options.runs)
                line = {"round": number, "runs": options.runs, "queue_s": round(queued, 1), "anew_s": round(anew, 1)}
                print(json.dumps({**line, "ratio": round(queued / anew, 2)}), flush=True)
        finally:
            store.close()
            end_processes(settings.home)


def in_a_queue(store: Store, count: int) -> float:
    """Queue all runs at once; return the seconds until the last one has ended."""
    spare(store)
    began = time.monotonic()
    runs = [queue(store, seed) for seed in range(count)]
    for run in runs:
        end_of(store, run)
    return time.monotonic() - began


def anew_each(store: Store, count: int) -> float:
    """Queue the runs one by one, each for a new process; return the seconds."""
    spare(store)
    began = time.monotonic()
    for seed in range(count):
        pid = end_of(store, queue(store, seed))
        if seed < count - 1:
            psutil.Process(pid).kill()
    return time.monotonic() - began


def queue(store: Store, seed: int) -> str:
    """Queue a run and return its id."""
    family = find_family("cnn")
    preset = family.presets["fast"]
    config = preset.config.changed([*SMALL, f"seed={seed}"])
    return submit_training(store, family, config, "mnist_5k", LOCAL, preset=preset).id


def end_of(store: Store, run_id: str) -> int:
    """Wait until a run has succeeded; return the id of its process.

    Raises:
        SystemExit: The run did not succeed.
        TimeoutError: It did not end within `LONG_S`.
    """
    wait_until(lambda: store.runs.get(run_id).status.is_final, LONG_S, f"{run_id} has ended", every_s=0.02)
    run = store.runs.get(run_id)
    if run.status is not Status.SUCCEEDED or run.pid is None:
        raise SystemExit(f"{run_id} is {run.status}: {run.error}")
    return run.pid


def spare(store: Store) -> None:
    """Wait until a warm spare worker is ready."""
    ensure_foreman(store.settings)
    wait_until(lambda: store.processes.is_ready(this_host(), "train"), LONG_S, "a spare is ready")


if __name__ == "__main__":
    main()
