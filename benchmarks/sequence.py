"""Measure sequence networks: their speed beside plain Keras, how fast they write, and what their presets reach.

    python benchmarks/sequence.py speed [--seconds 20] [--rounds 3]
    python benchmarks/sequence.py writing
    python benchmarks/sequence.py first_text [--rounds 3]
    GLASSBOX_DATA_DIR=... python benchmarks/sequence.py goals [--seeds 5] [NAME ...]

`speed`, training the network of `write` (LSTM 128, batches of 64 texts of 64 characters): each side is a process of its
own with the whole machine, and the sides take turns. Plain: `model.fit` as people write it, and the ways to tune it;
without its first epoch. Ours: the whole run as its worker makes it, with a point in the database for each update,
snapshots that write, checkpoints and listening for Stop; without its first 20 % of the updates, in which the graph is
traced.
Prints JSON lines; the last holds the ratios of the medians, in seconds and in seconds of the processor: the latter
hardly depend on what else the machine does.

`writing`: seconds for 500 characters, the first time with tracing, and then.

`first_text`: seconds in a real browser from the click on Train, with a warm server, to the first text on the screen.

`goals` trains the presets with their aims through the command line, a run for each seed, and prints what each reaches
on the test examples beside the baselines of the same run. A goal with a time counts as met only within it.
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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np

from benchmarks.app_process import Server, end_processes, launch, visitor, wait_for_spare
from core.datasets import open_prepared, prepare
from core.families.sequence.family import FAMILY, PRESETS
from core.settings import Settings
from core.store import open_store
from core.store.records import LOCAL, NewRun

Speed = dict[str, float]
WARM_UP = 0.2  # share of the updates that is left out
TEXTS = 2_560  # that plain Keras trains on: 40 updates an epoch
WRITTEN, WRITING_S, FIRST_TEXT_S = 500, 1.0, 2.0
SIDES = {
    "plain": (),
    "20_steps": ("--steps-per-execution", "20"),
    "unrolled": ("--steps-per-execution", "20", "--unroll"),
    "bfloat16": ("--steps-per-execution", "20", "--policy", "mixed_bfloat16"),
}
AIMS = {"over_plain": 1.5, "over_tuned": 1.0}


@dataclass(frozen=True)
class Goal:
    """What a preset should reach on the test examples.

    Args:
        preset: Its id.
        key: Result in the run's summary.
        least, most: Its bounds.
        dataset: Data set, if not the preset's own.
        sets: Settings that replace the preset's.
        seconds: Time of training in which it should reach that; 0 for any.
    """

    preset: str
    key: str
    least: float = -np.inf
    most: float = np.inf
    dataset: str = ""
    sets: tuple[str, ...] = ()
    seconds: float = 0.0


NATS, ACCURACY, RMSE, EXACT = "test_nats_last", "test_accuracy_last", "test_rmse_last", "test_exact_last"
GOALS = {
    "shakespeare": Goal("write", NATS, most=1.75, dataset="tinyshakespeare", sets=("epochs=7",), seconds=60),
    "shakespeare_4_min": Goal("write", NATS, most=1.60, dataset="tinyshakespeare", sets=("epochs=20",), seconds=240),
    "first_names": Goal("names", NATS, most=2.04, dataset="first_names", sets=("epochs=13",), seconds=30),
    "names": Goal("names", NATS),  # beside its 5-gram
    "language_of_name": Goal("language_of_name", ACCURACY),  # beside naive Bayes
    "sentiment": Goal("sentiment", ACCURACY, least=0.75, seconds=30),
    "spoken_digits": Goal("spoken_digits", ACCURACY, least=0.97, seconds=45),
    "python_docs": Goal("write", NATS, most=1.44),  # the 5-gram
    "tiny_transformer": Goal("tiny_transformer", NATS, most=1.44),
    "adding": Goal("adding", RMSE, most=0.02**0.5),
    "vanishing": Goal("vanishing", RMSE, least=0.39),  # the mean has 0.41, as sums have a variance of 1/6
    "dates": Goal("dates", EXACT, least=0.98, seconds=90),
    "sums": Goal("sums", EXACT, least=0.9),
    "brackets": Goal("brackets", ACCURACY, least=0.99),
    "mnist1d": Goal("mnist1d", ACCURACY, least=0.88),
    "convolution": Goal("convolution", ACCURACY, least=0.88),
    "rows_of_digits": Goal("rows_of_digits", ACCURACY, least=0.93),
    "sunspots": Goal("forecast", RMSE, most=20.0),
    "airline": Goal("forecast_growth", RMSE, most=16.0),
}


def apart(*command: str, home: Settings | None = None) -> str:
    """Run a command of its own; return what it prints."""
    env = {**os.environ, **(home.environment() if home else {})}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


def plain(*options: str) -> Speed:
    """Run the plain script on the texts of `write`; return its speed."""
    dataset = str(PRESETS["write"].dataset)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), Path(folder))
        prepare(settings, dataset)
        data, path = open_prepared(settings, dataset), Path(folder, "arrays.npz")
        tokens = len(data.spec.target.vocabulary)
        np.savez(path, x=data.x_train[:TEXTS], y=data.y_train[:TEXTS], tokens=tokens)
        said = apart("benchmarks/baselines/plain_keras_lstm.py", str(path), *options)
    found: Speed = json.loads(said.splitlines()[-1])
    return found


def ours() -> Speed:
    """Train in this process, as a worker does; return the speed."""
    from core.training.process.device import configure

    device = configure("0", 1)
    from core.jobs.work import Work
    from core.training.fit import train
    from core.training.step import Trainee

    preset, advance, done = PRESETS["write"], Trainee.advance, list[tuple[int, float, float]]()

    def timed(trainee: Trainee, first: int, last: int) -> None:
        advance(trainee, first, last)
        done.append((last, time.perf_counter(), time.process_time()))

    Trainee.advance = timed  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(Path(folder), Path(folder)))
        prepare(store.settings, str(preset.dataset))
        new = NewRun("train", str(preset.dataset), LOCAL, "speed", family=FAMILY.id, config=preset.config.to_dict())
        store.runs.submit(new)
        run = store.runs.claim("train", host="here", slot="train-0", pid=1)
        assert run is not None
        train(Work(store, run, device))
        store.close()
    first, last = next(one for one in done if one[0] >= WARM_UP * done[-1][0]), done[-1]
    steps, took, spent = (end - begin for begin, end in zip(first, last, strict=True))
    return {"steps_per_s": round(steps / took, 2), "steps_per_cpu_s": round(steps / spent, 2)}


def compare_speed(seconds: float, rounds: int) -> None:
    """Measure all sides in turn and print the ratios of their medians."""
    speeds: dict[str, list[Speed]] = {name: [] for name in (*SIDES, "glassbox")}
    for _ in range(rounds):
        for name in speeds:
            if name in SIDES:
                speeds[name].append(plain(*SIDES[name], "--seconds", str(seconds)))
            else:
                speeds[name].append(json.loads(apart("benchmarks/sequence.py", "ours").splitlines()[-1]))
            print(json.dumps({"side": name, **speeds[name][-1]}), flush=True)
    for unit in ("steps_per_s", "steps_per_cpu_s"):
        middle = {name: statistics.median(one[unit] for one in found) for name, found in speeds.items()}
        tuned = max(middle[name] for name in SIDES)
        ratios = {"over_plain": middle["glassbox"] / middle["plain"], "over_tuned": middle["glassbox"] / tuned}
        print(json.dumps({unit: middle, **{name: round(one, 2) for name, one in ratios.items()}, "aims": AIMS}))


def writing() -> None:
    """Measure how fast the network of `write` writes."""
    from core.training.process.device import configure

    configure("0", 1)
    from core.datasets import find_dataset
    from core.explain.write import Write
    from core.models.network import build_network

    preset = PRESETS["write"]
    spec = find_dataset(Settings.from_environment(), str(preset.dataset)).spec
    network, times = build_network(FAMILY.layers(preset.config, spec), spec), []
    began = time.perf_counter()
    write = Write(network)
    for seed in range(6):
        write(np.ones(spec.input_shape, np.int32), count=WRITTEN, temperature=0.8, seed=seed, top_k=20, top_p=0.9)
        times.append(time.perf_counter() - began)
        began = time.perf_counter()
    then = statistics.median(times[1:])
    print(
        json.dumps({"characters": WRITTEN, "first_s": round(times[0], 2), "then_s": round(then, 3), "aim": WRITING_S})
    )


def first_text(rounds: int) -> None:
    """Measure how soon a text is on the screen after Train, as somebody with a browser meets it."""
    from playwright.sync_api import expect, sync_playwright

    times = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), Path(folder))
        server = Server(settings)
        try:
            with sync_playwright() as playwright, visitor(launch(playwright), server.url) as page:
                for seed in range(rounds):
                    wait_for_spare(page)
                    page.goto(f"/sequence?preset=write&seed={seed}&max_images=2000")
                    train = page.get_by_role("button", name="Train", exact=True)
                    expect(train).to_be_enabled(timeout=60_000)
                    expect(page.get_by_text("What it writes").first).to_be_visible(timeout=60_000)
                    began = time.perf_counter()
                    train.click()
                    page.wait_for_url("**run=**", timeout=60_000)
                    page.locator("pre", has_text="\u2503").first.wait_for(timeout=60_000)
                    times.append(time.perf_counter() - began)
                    print(json.dumps({"first_text_s": round(times[-1], 2)}), flush=True)
                    page.get_by_text("Finished").first.wait_for(timeout=300_000)
        finally:
            server.stop()
            end_processes(settings.home)
    print(json.dumps({"first_text_s": round(statistics.median(times), 2), "aim": FIRST_TEXT_S}))


def reached(name: str, seeds: int, settings: Settings) -> dict[str, Any]:
    """Train a preset with several seeds through the command line; return what each reaches."""
    goal, found, seconds, baselines = GOALS[name], [], [], {}
    data = ("--dataset", goal.dataset) if goal.dataset else ()
    for seed in range(seeds):
        sets = [part for one in (*goal.sets, f"seed={seed}") for part in ("--set", one)]
        said = apart("-m", "core", "train", FAMILY.id, "--preset", goal.preset, *data, *sets, "--json", home=settings)
        store = open_store(settings)
        summary = store.runs.get(json.loads(said.splitlines()[-1])["run"]).summary
        store.close()
        found.append(round(summary[goal.key], 4))
        seconds.append(round(summary["fit_s"], 1))
        beside = goal.key.removesuffix("last")  # what simple methods reached on the same examples
        known = {name for name in summary if name.startswith(beside) and not name.endswith(("_last", "_best"))}
        baselines = {name: round(summary[name], 4) for name in known}
    is_met = [
        goal.least <= value <= goal.most and (not goal.seconds or took <= goal.seconds)
        for value, took in zip(found, seconds, strict=True)
    ]
    bounds = {"least": goal.least, "most": goal.most, "seconds": goal.seconds}
    aim = {which: round(bound, 4) for which, bound in bounds.items() if 0 < abs(bound) < np.inf}
    return {"goal": name, **aim, "met": sum(is_met), "found": found, "in_s": seconds, **baselines}


def goals(names: list[str], seeds: int) -> None:
    """Print what presets reach; one that cannot be trained here is told, and the others go on."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), Settings.from_environment().data_dir)
        for name in names or GOALS:
            try:
                print(json.dumps(reached(name, seeds, settings)), flush=True)
            except RuntimeError as error:
                print(json.dumps({"goal": name, "failed": str(error)}), flush=True)
        end_processes(settings.home)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("speed", "writing", "first_text", "goals", "ours"))
    parser.add_argument("names", nargs="*", choices=[[], *GOALS])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    match options.command:
        case "ours":
            print(json.dumps(ours()))
        case "speed":
            compare_speed(options.seconds, options.rounds)
        case "writing":
            writing()
        case "first_text":
            first_text(options.rounds)
        case "goals":
            goals(options.names, options.seeds)


if __name__ == "__main__":
    main()
