"""Measure training speed beside plain Keras: the article CNN on MNIST, batch size 64.

    GLASSBOX_DATA_DIR=... python benchmarks/throughput.py [--epochs 3] [--rounds 1]

Glassbox trains in its worker while a real browser shows the live page. Speeds leave out what traces the
graph: the first epoch of the plain scripts, our first execution. Prints JSON lines; the last holds the
ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import Server, end_processes, launch, visitor, wait_for_spare
from core.cli.report import report
from core.settings import Settings
from core.store import open_store

ROOT = Path(__file__).parents[1]
BFLOAT16 = ("--policy", "mixed_bfloat16", "--steps-per-execution", "20")


def plain(npz: Path, epochs: int, *options: str) -> dict[str, float]:
    """Run the plain script; return its printed figures."""
    command = [sys.executable, "benchmarks/baselines/plain_keras_cnn.py", str(npz), "--epochs", str(epochs), *options]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def ours(settings: Settings, epochs: int) -> dict[str, Any]:
    """Train through the command line while a browser watches; return the run's report."""
    server = Server(settings)
    try:
        with sync_playwright() as playwright, visitor(launch(playwright), server.url) as page:
            page.goto("/")
            wait_for_spare(page)
            command = [sys.executable, "-m", "core", "train", "cnn", "--preset", "article", "--dataset", "mnist"]
            start = [*command, "--set", f"epochs={epochs}", "--json", "--detach"]
            environment = {**os.environ, **settings.environment()}
            detached = subprocess.run(start, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
            run_id = json.loads(detached.stdout)["run"]
            page.goto(f"/cnn?run={run_id}")
            store = open_store(settings)
            while not store.runs.get(run_id).status.is_final:
                page.wait_for_timeout(1000)
            return report(store.runs.get(run_id))
    finally:
        server.stop()
        end_processes(settings.home)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    data_dir = Settings.from_environment().data_dir
    speeds: dict[str, list[float]] = {"plain": [], "plain_bfloat16": [], "glassbox": []}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            found = {
                "plain": plain(data_dir / "mnist.npz", options.epochs),
                "plain_bfloat16": plain(data_dir / "mnist.npz", options.epochs, *BFLOAT16),
                "glassbox": ours(Settings(Path(folder) / "home", data_dir), options.epochs),
            }
        for name, values in found.items():
            print(json.dumps({"what": name, **values}))
            speeds[name].append(values["images_per_s"])
    middle = {name: statistics.median(values) for name, values in speeds.items()}
    ratios = {f"over_{name}": round(middle["glassbox"] / middle[name], 2) for name in ("plain", "plain_bfloat16")}
    print(json.dumps({"images_per_s": middle, **ratios, "aims": {"over_plain": 1.5, "over_plain_bfloat16": 0.95}}))


if __name__ == "__main__":
    main()
