"""Measure the MLP: its speed beside plain Keras, and what its presets reach on test examples.

    python benchmarks/mlp.py speed [--seconds 5]
    python benchmarks/mlp.py presets [--seeds 10] [NAME]

`speed`, on the spiral and on a table: each side is a process of its own with the whole machine. Plain: `model.fit`,
without its first epoch. Ours: a whole run as its worker makes it, with a point in the database for each update,
snapshots, checkpoints and listening for Stop; without its first 20 % of the updates, in which the graph is traced.
Prints JSON lines; the last holds the ratios.

`presets` trains each preset with a goal, a fresh network for each seed, without store and snapshots. The seconds are
from the first update to the last, with the tracing of the graph. A table's goal is relative to logistic or linear
regression on the same rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np

from core.datasets import DATASETS, DataSpec, open_prepared, prepare
from core.datasets.dataset import Dataset
from core.datasets.features import Column, Vector
from core.datasets.targets import Classes, count_labels
from core.families.mlp import FAMILY, PRESETS, MlpConfig
from core.layers.blocks import Dense
from core.settings import Settings
from core.store import open_store
from core.store.records import LOCAL, NewRun

WARM_UP = 0.2  # share of the updates that is left out
ROWS, COLUMNS = 50_000, 20
MOST_S = 10.0  # in which a preset should reach its goal


@dataclass(frozen=True)
class Case:
    """A network on data, and how many times as fast as plain Keras it should be."""

    dataset: str
    units: tuple[int, ...]
    batch_size: int
    epochs: int
    over_plain: float


CASES = {
    "spiral": Case("spirals", (8, 8), 10, 150, 6.0),
    "table": Case("rows", (32, 16), 256, 30, 2.0),
}


@dataclass(frozen=True)
class Goal:
    """What a preset should reach: a metric, as such or relative to the simplest method."""

    metric: str
    least: float
    is_relative: bool = False


GOALS = {
    "xor": Goal("accuracy", 0.99),
    "circle": Goal("accuracy", 0.99),
    "spirals": Goal("accuracy", 0.95),
    "two_moons": Goal("accuracy", 0.95),
    "iris": Goal("accuracy", -0.01, is_relative=True),
    "wine": Goal("accuracy", -0.01, is_relative=True),
    "breast_cancer": Goal("accuracy", -0.01, is_relative=True),
    "diabetes": Goal("r2", -0.03, is_relative=True),
    "plane": Goal("r2", 0.9),
}


def rows() -> dict[str, np.ndarray]:
    """Return a table of normal columns, whose class is the side of a bent surface."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS + 1000, COLUMNS)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).astype(np.int64)
    return {"x_train": x[:ROWS], "y_train": y[:ROWS], "x_test": x[ROWS:], "y_test": y[ROWS:]}


def add_rows() -> None:
    """Make the table known to this process."""
    classes = Classes(("below", "above"), count_labels(rows()["y_train"], 2))
    spec = DataSpec(Vector(tuple(Column(f"x{i}", mean=0.0, spread=1.0) for i in range(COLUMNS))), classes, ROWS, 1000)
    made = {"split": "", "source": "drawn", "licence": "CC0", "program": ""}
    DATASETS["rows"] = Dataset(id="rows", title="Rows", spec=spec, load=lambda *_: rows(), **made)


def ours(case: Case) -> dict[str, Any]:
    """Train in this process, as a worker does; return the speed."""
    from core.training.process.device import configure

    device = configure("0", 1)
    from core.jobs.work import Work
    from core.training.fit import train

    layers = tuple(Dense(units=units, activation="tanh") for units in case.units)
    config = MlpConfig(layers=layers, batch_size=case.batch_size, epochs=case.epochs)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(Path(folder), Path(folder)))
        prepare(store.settings, case.dataset)
        new = NewRun("train", case.dataset, LOCAL, "speed", family="mlp", config=config.to_dict())
        run_id = store.runs.submit(new).id
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        outcome = train(Work(store, run, device))
        points = [point for point in store.metrics.since(run_id) if point.step]
        store.close()
    first = next(point for point in points if point.step >= WARM_UP * points[-1].step)
    speed = (points[-1].step - first.step) / (points[-1].wall_s - first.wall_s)
    return {"steps_per_s": round(speed), "whole_run_s": outcome.summary["fit_s"], "steps": points[-1].step}


def apart(*command: str) -> dict[str, Any]:
    """Run a command of its own; return what its last line says."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def plain(case: Case, seconds: float) -> dict[str, Any]:
    """Run the plain script on the same arrays."""
    arrays: Mapping[str, np.ndarray] = DATASETS[case.dataset].load(Settings.from_environment(), {}, lambda *_: None)
    with tempfile.NamedTemporaryFile(suffix=".npz") as file:
        np.savez(file, **arrays)
        file.flush()
        shape = ["--layers", ",".join(map(str, case.units)), "--batch", str(case.batch_size)]
        return apart("benchmarks/baselines/plain_keras_mlp.py", file.name, *shape, "--seconds", str(seconds))


def compare_speed(seconds: float) -> None:
    """Measure both sides of each case and print the ratios."""
    ratios = {}
    for name, case in CASES.items():
        sides = {"plain": plain(case, seconds), "glassbox": apart("benchmarks/mlp.py", "ours", name)}
        for side, found in sides.items():
            print(json.dumps({"case": name, "what": side, **found}), flush=True)
        ratio = sides["glassbox"]["steps_per_s"] / sides["plain"]["steps_per_s"]
        ratios[name] = {"over_plain": round(ratio, 2), "aim": case.over_plain}
    print(json.dumps(ratios))


def reached(preset_id: str, seeds: int) -> dict[str, Any]:
    """Train a preset with several seeds; return what each reaches on the test examples."""
    import keras

    from core.training.step import RING
    from core.training.supervised import Supervised

    preset, found, seconds = PRESETS[preset_id], [], []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), Path(folder))
        prepare(settings, str(preset.dataset))
        data = open_prepared(settings, str(preset.dataset))
        for seed in range(seeds):
            keras.utils.clear_session(free_memory=False)
            keras.utils.set_random_seed(seed)
            trainee = Supervised(FAMILY, replace(preset.config, seed=seed), data, "float32")
            began, steps = time.perf_counter(), trainee.plan.total_steps
            for first in range(0, steps, RING):
                trainee.advance(first, min(first + RING, steps))
            seconds.append(round(time.perf_counter() - began, 2))
            numbers = trainee.test(trainee.network).numbers
            found.append(round(numbers[GOALS[preset_id].metric], 4))
        goal = GOALS[preset_id].least + (simplest(data) if GOALS[preset_id].is_relative else 0.0)
    met = sum(value >= goal and took <= MOST_S for value, took in zip(found, seconds, strict=True))
    return {"preset": preset_id, "goal": round(goal, 4), "met": met, "found": found, "seconds": max(seconds)}


def simplest(data: Any) -> float:
    """Return what logistic or linear regression reaches on the standardised columns."""
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = LogisticRegression(max_iter=1000) if data.spec.classes else LinearRegression()
    line = make_pipeline(StandardScaler(), model).fit(np.asarray(data.x_train), np.asarray(data.y_train))
    return float(line.score(np.asarray(data.x_test), np.asarray(data.y_test)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("speed", "presets", "ours"))
    parser.add_argument("case", nargs="?", choices=[*CASES, *GOALS])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    add_rows()
    if options.command == "ours":
        print(json.dumps(ours(CASES[options.case])))
    elif options.command == "presets":
        for name in [options.case] if options.case else GOALS:
            print(json.dumps(reached(name, options.seeds)), flush=True)
    else:
        compare_speed(options.seconds)


if __name__ == "__main__":
    main()
