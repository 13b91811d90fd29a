"""Measure what it costs training that a page shows its networks at work.

    python benchmarks/watched.py [cnn:fast gan:digits_30s mlp:xor] [--pairs 6] [--seconds 5]

Trains each preset in one process, in turns watched and not, so that what else the machine does falls on both alike.
Prints one JSON line per preset: updates a second of each kind, the share that watching costs (the median of the pairs),
the share of the time that frames took (each turn begins with one), and frames a second.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.datasets import DEFAULT_DATASET, open_prepared, prepare
from core.datasets.prepared import is_prepared
from core.families import find_family
from core.resolve import resolve
from core.settings import Settings
from core.store.artifacts import RunFiles
from core.training.callbacks import Frames

AIM = 0.02


class Watch(Frames):
    """Frames of a run that somebody watches while `is_on`."""

    def __init__(self, trainee: Any, files: RunFiles) -> None:
        super().__init__(SimpleNamespace(trainee=trainee, work=SimpleNamespace(files=files), is_over=False, step=0))  # type: ignore[arg-type]
        self._files, self.is_on, self.spent, self.frames = files, False, 0.0, 0

    def on_execution_end(self) -> None:
        """Write a frame if it is due, as in a run."""
        if self.is_on:
            self._files.watch()
            began, before = time.perf_counter(), self._files.frame_stamp()
            super().on_execution_end()
            self.spent += time.perf_counter() - began
            self.frames += self._files.frame_stamp() != before


def turn(trainee: Any, watch: Watch, seconds: float, *, is_on: bool) -> float:
    """Train for a while; return the updates a second."""
    watch.is_on, updates, began = is_on, 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        count = trainee.steps_at_once()
        trainee.advance(updates, updates + count)
        updates += count
        watch.on_execution_end()
    return updates / (time.perf_counter() - began)


def measure(settings: Settings, family_id: str, preset_id: str, pairs: int, seconds: float) -> dict[str, object]:
    """Train one preset in turns."""
    family = find_family(family_id)
    preset = family.presets[preset_id]
    dataset = preset.dataset or DEFAULT_DATASET
    if not is_prepared(settings, dataset):
        prepare(settings, dataset)
    data = open_prepared(settings, dataset)
    trainee = resolve(family.trainee)(family, preset.config, data, "float32")
    with tempfile.TemporaryDirectory() as folder:
        files = RunFiles(Path(folder))
        watch = Watch(trainee, files)
        for _ in range(2):  # compile, and look often enough that the look is compiled too
            turn(trainee, watch, 2 * seconds, is_on=True)
        watch.spent, watch.frames = 0.0, 0
        found = [[turn(trainee, watch, seconds, is_on=is_on) for is_on in (False, True)] for _ in range(pairs)]
    without, watched = zip(*found, strict=True)
    return {
        "what": f"{family_id} {preset_id}",
        "updates_a_second": round(statistics.median(without), 1),
        "watched": round(statistics.median(watched), 1),
        "cost": round(statistics.median(1 - on / off for off, on in found), 4),
        "share_of_frames": round(watch.spent / (pairs * seconds), 4),
        "frames_a_second": round(watch.frames / (pairs * seconds), 2),
        "aim": AIM,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("presets", nargs="*", default=["cnn:fast", "gan:digits_30s", "mlp:xor"])
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    for preset in options.presets:
        family_id, _, preset_id = preset.partition(":")
        found = measure(Settings.from_environment(), family_id, preset_id, options.pairs, options.seconds)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
