"""Measure the time from the click to 98 % accuracy: the preset `fast` beside a plain Keras script.

    GLASSBOX_DATA_DIR=... python benchmarks/time_to_98.py [--seeds 10] [--plain 3]

A run counts from its submission, with a spare worker that has imported TensorFlow, to its end: queue, building, 12,000
images in this machine's best precision, saving, and testing on test and training images. The plain script counts from
its start to the first epoch with 98 % test accuracy: imports, loading, building, epochs of 60,000 images of the
article's CNN in float32, and a test after each. Both times are broken down. A separate row compares like with like: the
program that `fast` prints (plain Keras, same network, images and precision) without its imports, and a run from its
claim to its end. Prints JSON lines; the last holds the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import ROOT, end_processes, wait_until
from core.datasets import find_dataset, prepare
from core.families import find_family
from core.jobs import ensure_foreman, submit_training
from core.program.writer import to_script
from core.settings import Settings, this_host
from core.store import Run, Store, open_store
from core.store.records import LOCAL

AIMS = {"mnist": 0.98, "mnist_5k": 0.975}
PATIENCE_S = 120.0
LIKE_FOR_LIKE = 3  # rounds
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
# Reads MNIST from the file that the run's data was prepared from, instead of downloading it.
_TIMED = """\
import sys, time
import keras, numpy, tensorflow

def load_data():
    with numpy.load(sys.argv[1]) as data:
        return (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])

keras.datasets.mnist.load_data = load_data
began = time.perf_counter()
exec(compile(open("program.py").read(), "program.py", "exec"), {"__name__": "__main__"})
print(time.perf_counter() - began)
"""


def plain(npz: Path, seed: int) -> tuple[float, dict[str, float]]:
    """Return the plain script's seconds from its start to its first 98 %, and their breakdown."""
    command = [
        sys.executable,
        "benchmarks/baselines/plain_keras_cnn.py",
        str(npz),
        "--epochs",
        "3",
        "--seed",
        str(seed),
    ]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["first_at_98_s"], found["until_98_s"]


def printed(store: Store, run: Run, folder: Path) -> float:
    """Run the printed program of a run; return its seconds without the imports."""
    family, dataset = find_family("cnn"), find_dataset(store.settings, run.dataset)
    policy = store.files(run.id).read_json("environment")["dtype_policy"]
    parts = family.program(family.config_type.from_dict(run.config), dataset, policy)
    (folder / "program.py").write_text(to_script(parts, run.name))
    command = [sys.executable, "-c", _TIMED, str(store.settings.data_dir / "mnist.npz")]
    quiet = {**os.environ, **QUIET}
    done = subprocess.run(command, cwd=folder, env=quiet, check=True, capture_output=True, text=True)
    return float(done.stdout.splitlines()[-1])


def parts_of(store: Store, run: Run) -> dict[str, float]:
    """Return the breakdown of a run's seconds."""
    events = [json.loads(line) for line in store.files(run.id).log.read_text().splitlines()]
    begun = next(event["time"] for event in events if event["event"] == "begin")
    assert run.started is not None
    assert run.finished is not None
    fit_s = run.summary["fit_s"]
    seconds = {
        "queue": run.started - run.created,
        "data and building": begun - run.started,
        "training": fit_s,
        "saving and testing": run.finished - begun - fit_s,
    }
    return {name: round(value, 2) for name, value in seconds.items()}


def ours(store: Store, dataset: str, seed: int) -> tuple[float, Run]:
    """Train `fast` with a warm spare worker; return the seconds from submission to end, and the run."""
    family = find_family("cnn")
    preset = family.presets["fast"]
    wait_until(lambda: _is_warm(store), PATIENCE_S, "a spare is warm")
    began = time.perf_counter()
    config = replace(preset.config, seed=seed)
    run = submit_training(store, family, config, dataset, LOCAL, preset=preset)
    wait_until(lambda: store.runs.get(run.id).status.is_final, PATIENCE_S, "the run has ended")
    return time.perf_counter() - began, store.runs.get(run.id)


def _middle(found: list[tuple[float, dict[str, float]]]) -> dict[str, float]:
    return sorted(found, key=lambda pair: pair[0])[len(found) // 2][1]


def _like_for_like(store: Store, runs: list[Run], folder: Path) -> dict[str, float]:
    """Print the times of runs, from claim to end, and of their printed programs; return the medians."""
    mine = [round((run.finished or 0.0) - (run.started or 0.0), 2) for run in runs]
    theirs = [round(printed(store, run, folder), 2) for run in runs]
    print(
        json.dumps({"what": "like for like, without queue and imports", "fast": mine, "its program": theirs}),
        flush=True,
    )
    return {"like_for_like_fast": statistics.median(mine), "like_for_like_program": statistics.median(theirs)}


def _is_warm(store: Store) -> bool:
    ensure_foreman(store.settings)
    return store.processes.is_ready(this_host(), "train") and store.processes.is_ready(this_host(), "probe")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--plain", type=int, default=3)
    options = parser.parse_args()
    data_dir = Settings.from_environment().data_dir
    found = [plain(data_dir / "mnist.npz", seed) for seed in range(options.plain)]
    plains = [seconds for seconds, _ in found]
    line = {"what": "plain script, start to its first 98 %", "s": plains}
    print(json.dumps({**line, "of_the_middle_one": _middle(found)}), flush=True)
    medians = {"plain": statistics.median(plains)}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home", data_dir)
        store = open_store(settings)
        try:
            for dataset, aim in AIMS.items():
                prepare(settings, dataset)
                runs = [ours(store, dataset, seed) for seed in range(options.seeds)]
                seconds = [round(s, 2) for s, _ in runs]
                accuracies = [run.summary["test_accuracy_last"] for _, run in runs]
                reached = sum(accuracy >= aim for accuracy in accuracies)
                line = {"what": f"fast on {dataset}", "s": seconds, "accuracy": accuracies, "aim": aim}
                middle = _middle([(s, parts_of(store, run)) for s, run in runs])
                print(
                    json.dumps({**line, "reached": f"{reached} of {len(runs)}", "of_the_middle_one": middle}),
                    flush=True,
                )
                medians[dataset] = statistics.median(seconds)
                if dataset == "mnist":
                    medians |= _like_for_like(store, [run for _, run in runs][:LIKE_FOR_LIKE], Path(folder))
        finally:
            store.close()
            end_processes(settings.home)
    ratios = {"mnist_over_plain": medians["mnist"] / medians["plain"]}
    ratios["5k_over_mnist"] = medians["mnist_5k"] / medians["mnist"]
    ratios["like_for_like"] = medians["like_for_like_fast"] / medians["like_for_like_program"]
    rounded = {name: round(value, 3) for name, value in {**medians, **ratios}.items()}
    print(json.dumps({**rounded, "aims": {"mnist_over_plain": 0.2, "5k_over_mnist": 3.0}}))


if __name__ == "__main__":
    main()
