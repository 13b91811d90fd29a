"""Measure the time and memory of a data set's check: MNIST, or any `.npz` with Keras' keys.

    GLASSBOX_DATA_DIR=... python benchmarks/data_check.py [--file mnist.npz] [--images 60000]

Prints JSON lines: the seconds of each phase, the total with the peak memory of the process, the findings, and how
fast the result opens.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.analysis.data.check import DataCheck, check_data
from core.analysis.data.findings import findings
from core.settings import Settings

AIM_S = 60
AIM_MB = 1500
AIM_OPEN_MS = 50
OPENINGS = 9


class Phases:
    """Record when each phase of the check begins."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    def __call__(self, what: str, share: float) -> None:
        """Take a progress report."""
        self.began.setdefault(what, time.perf_counter())

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each phase; the last one ends now."""
        starts = [*self.began.values(), time.perf_counter()]
        return {name: round(starts[i + 1] - starts[i], 2) for i, name in enumerate(self.began)}


def load(path: Path, images: int) -> dict[str, np.ndarray]:
    """Load the arrays, with a channel axis and at most `images` training images."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in ("x_train", "y_train", "x_test", "y_test")}
    for part in ("train", "test"):
        if arrays[f"x_{part}"].ndim == 3:
            arrays[f"x_{part}"] = arrays[f"x_{part}"][..., None]
        arrays[f"y_{part}"] = arrays[f"y_{part}"].ravel().astype(np.int64)
    return arrays | {key: arrays[key][:images] for key in ("x_train", "y_train")}


def peak_mb() -> int:
    """Return the peak memory of this process in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def show(what: str, **figures: Any) -> None:
    """Print one JSON line."""
    print(json.dumps({"what": what, **figures}), flush=True)


def measure_opening(check: DataCheck) -> None:
    """Write the result; print its size and how fast it opens."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check.save(folder)
        times = []
        for _ in range(OPENINGS):
            start = time.perf_counter()
            DataCheck.load(folder)
            times.append(1000 * (time.perf_counter() - start))
        size = sum(file.stat().st_size for file in folder.iterdir())
    first, median = round(times[0], 1), round(statistics.median(times), 1)
    show("opening", first_ms=first, median_ms=median, aim_ms=AIM_OPEN_MS, size_kb=round(size / 1024))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", default="mnist.npz")
    parser.add_argument("--images", type=int, default=60_000)
    options = parser.parse_args()
    arrays = load(Settings.from_environment().data_dir / options.file, options.images)
    classes = tuple(str(label) for label in range(int(arrays["y_train"].max()) + 1))
    before, phases, start, cpu = peak_mb(), Phases(), time.perf_counter(), time.process_time()
    check = check_data(**arrays, classes=classes, progress=phases)
    taken = {"seconds": round(time.perf_counter() - start, 1), "cpu_s": round(time.process_time() - cpu, 1)}
    for phase, seconds in phases.seconds().items():
        show(phase, seconds=seconds)
    sizes = {"train": len(arrays["x_train"]), "test": len(arrays["x_test"])}
    show("check", **sizes, **taken, aim_s=AIM_S, peak_mb=peak_mb(), before_mb=before, aim_mb=AIM_MB)
    for finding in findings(check):
        show("finding", kind=finding.kind, severity=finding.severity, sentence=finding.sentence)
    measure_opening(check)


if __name__ == "__main__":
    main()
