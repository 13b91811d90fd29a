"""From the click to 98 %: the preset `fast` beside the plain script that reaches it at the end of an epoch.

    GLASSBOX_DATA_DIR=... python benchmarks/time_to_98.py [--seeds 10] [--plain 3]

A run's time goes from its submission, with a warm spare, to its end: trained, saved and tested. The plain script's
goes from its start to the first epoch whose test accuracy is 98 %. Prints JSON lines; the last holds the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import ROOT, end_processes, wait_until
from core.datasets import prepare
from core.families import find_family
from core.jobs import ensure_foreman, submit_training
from core.settings import Settings, this_host
from core.store import Store, open_store
from core.store.records import LOCAL

AIMS = {"mnist": 0.98, "mnist_5k": 0.975}
PATIENCE_S = 120.0


def plain(npz: Path, seed: int) -> float:
    """Return the seconds that the plain script needs from its start to its first 98 %."""
    command = [sys.executable, "benchmarks/plain_keras_cnn.py", str(npz), "--epochs", "3", "--seed", str(seed)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])["first_at_98_s"]


def ours(store: Store, dataset: str, seed: int) -> tuple[float, float]:
    """Train `fast` with a warm spare; return the seconds from submission to the end, and the test accuracy."""
    family = find_family("cnn")
    preset = family.presets["fast"]
    wait_until(lambda: _is_warm(store), PATIENCE_S, "a spare is warm")
    began = time.perf_counter()
    config = replace(preset.config, seed=seed)
    run = submit_training(store, family, config, dataset, LOCAL, preset=preset)
    wait_until(lambda: store.runs.get(run.id).status.is_final, PATIENCE_S, "the run has ended")
    return time.perf_counter() - began, store.runs.get(run.id).summary["test_accuracy_last"]


def _is_warm(store: Store) -> bool:
    ensure_foreman(store.settings)
    return store.processes.is_ready(this_host(), "worker") and store.processes.is_ready(this_host(), "probe")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--plain", type=int, default=3)
    options = parser.parse_args()
    data_dir = Settings.from_environment().data_dir
    plains = [plain(data_dir / "mnist.npz", seed) for seed in range(options.plain)]
    print(json.dumps({"what": "plain script, start to its first 98 %", "s": plains}), flush=True)
    medians = {"plain": statistics.median(plains)}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", data_dir)
        store = open_store(settings)
        try:
            for dataset, aim in AIMS.items():
                prepare(settings, dataset)
                found = [ours(store, dataset, seed) for seed in range(options.seeds)]
                seconds, accuracies = [round(s, 2) for s, _ in found], [accuracy for _, accuracy in found]
                reached = sum(accuracy >= aim for accuracy in accuracies)
                line = {"what": f"fast on {dataset}", "s": seconds, "accuracy": accuracies, "aim": aim}
                print(json.dumps({**line, "reached": f"{reached} of {len(found)}"}), flush=True)
                medians[dataset] = statistics.median(seconds)
        finally:
            store.close()
            end_processes(settings.home)
    ratios = {"mnist_over_plain": medians["mnist"] / medians["plain"]}
    ratios["5k_over_mnist"] = medians["mnist_5k"] / medians["mnist"]
    rounded = {name: round(value, 3) for name, value in {**medians, **ratios}.items()}
    print(json.dumps({**rounded, "aims": {"mnist_over_plain": 0.2, "5k_over_mnist": 3.0}}))


if __name__ == "__main__":
    main()
