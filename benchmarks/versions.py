"""Compare this version with an earlier checkout, alternately on the same machine.

    GLASSBOX_DATA_DIR=... python benchmarks/versions.py EARLIER [--rounds 3]

Runs in each round, first in one checkout and then in the other: `latency.py`, `interface.py`, three runs of `fast` on
`mnist_5k` after a warm-up, and one of `article` on 20,000 images of MNIST, both by the command line of that checkout.
Every process is a new one. Prints one JSON line per figure: the values of both versions, and the ratio of their
medians, now over before. Seconds and milliseconds: below 1 is faster. Images per second: above 1 is faster.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.app_process import end_processes

HERE = Path(__file__).parents[1]
RUNS = 3
PAGES = (("latency.py", "--times", "1"), ("interface.py", "--times", "5"))
FAST = ("--preset", "fast", "--dataset", "mnist_5k")
ARTICLE = ("--preset", "article", "--dataset", "mnist", "--set", "max_images=20000", "--set", "epochs=1")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("earlier", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: {"before": [], "now": []})
    for number in range(options.rounds):
        versions = [("before", options.earlier.resolve()), ("now", HERE)]
        for version, checkout in versions if number % 2 == 0 else reversed(versions):
            for name, value in [*pages(checkout), *training(checkout)]:
                found[name][version].append(value)
    for name, values in found.items():
        before, now = (statistics.median(values[version]) for version in ("before", "now"))
        print(json.dumps({"what": name, **values, "now_over_before": round(now / before, 3)}), flush=True)


def pages(checkout: Path) -> Iterator[tuple[str, float]]:
    """Yield what the benchmarks of pages of a checkout print."""
    for script, *arguments in PAGES:
        command = [sys.executable, f"benchmarks/{script}", *arguments]
        for line in _output(command, checkout, dict(os.environ)).splitlines():
            figure = json.loads(line)
            yield figure["what"], figure.get("median_s", figure.get("median_ms"))


def training(checkout: Path) -> Iterator[tuple[str, float]]:
    """Yield the seconds of `fast` and the speed of `article` in a checkout."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "GLASSBOX_HOME": folder}
        try:
            _train(checkout, environment, FAST)
            runs = [_train(checkout, environment, FAST) for _ in range(RUNS)]
            yield "fast on mnist_5k, fit, s", statistics.median(run["fit_s"] for run in runs)
            yield "fast on mnist_5k, images/s", statistics.median(run["images_per_s"] for run in runs)
            yield "article on mnist, images/s", _train(checkout, environment, ARTICLE)["images_per_s"]
        finally:
            end_processes(Path(folder))


def _train(checkout: Path, environment: dict[str, str], options: tuple[str, ...]) -> dict[str, float]:
    command = [sys.executable, "-m", "core", "train", "cnn", *options, "--json"]
    run: dict[str, float] = json.loads(_output(command, checkout, environment))
    return run


def _output(command: list[str], checkout: Path, environment: dict[str, str]) -> str:
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
