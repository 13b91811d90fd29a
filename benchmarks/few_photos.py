"""How well and how fast ninety photos are learned, with a pretrained network and without.

    python benchmarks/few_photos.py [--data /path/with/cifar10-10k.npz] [--side 160] [--presets photos]

Three sets of three classes, the first 30 photos of each class of 10,000 images of CIFAR-10, as PNG files of 32x32
pixels. Our own photo path makes them larger and a real `train cnn --preset photos` learns from them; all other images
of these classes in that file, which are in a folder `test`, are only tested on. The same with `few_images`, a network
from scratch. Prints one JSON line a run:

    accuracy     share of the test images that is right
    features_s   from the first word of `computing features` to the next phase
    trained_s    from the first update to the last, snapshots and checkpoints included
    result_s     from the click to the result on about 3,000 test images, all that a run does included
    click_s      the same without features_s and without testing: what ninety photos alone take
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from PIL import Image

from benchmarks.app_process import end_processes, wait_until
from core.datasets.images.photos import Shaping
from core.datasets.own import own
from core.datasets.own.recognise import copy_to, recognise
from core.families import find_family
from core.jobs import ensure_foreman, submit_training
from core.jobs.submit import queue_preparation
from core.settings import Settings, this_host
from core.store import Run, Status, Store, open_store
from core.store.records import LOCAL

NAMES = ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
SETS = ("cat dog ship", "plane car bird", "deer horse truck")
EACH = 30
POLL_S = 0.02
LONG_S = 600.0


def main() -> None:
    """Measure both presets on each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GLASSBOX_DATA_DIR", "data")))
    parser.add_argument("--side", type=int, default=160)
    parser.add_argument("--presets", nargs="+", default=["photos", "few_images"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Settings(Path(folder) / "home", Path(folder) / "data"))
        try:
            for number, names in enumerate(SETS):
                place = Path(folder) / f"photos-{number}"
                write_photos(np.load(options.data / "cifar10-10k.npz"), names.split(), place)
                dataset = bring(store, place, options.side)
                for preset in options.presets:
                    print(
                        json.dumps({"set": names, "side": options.side, **measure(store, dataset, preset)}), flush=True
                    )
        finally:
            store.close()
            end_processes(store.settings.home)


def write_photos(arrays: np.lib.npyio.NpzFile, names: list[str], place: Path) -> None:
    """Write the photos of some classes as PNG files in class folders, the first of each in `train`."""
    images, labels = arrays["x_train"], arrays["y_train"].ravel()
    for name in names:
        for count, row in enumerate(np.flatnonzero(labels == NAMES.index(name))):
            folder = place / ("train" if count < EACH else "test") / name
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[row]).save(folder / f"{row}.png", compress_level=1)


def bring(store: Store, place: Path, side: int) -> str:
    """Make a data set of photos, as the command line does; return its id."""
    brought = recognise([place], Shaping(side, "squeeze", 3))
    card = own.begin(store.settings, LOCAL, place.name, brought.kind.id, brought.options)
    copy_to(brought, own.raw(store.settings, card.id))
    ensure_foreman(store.settings)
    task = queue_preparation(store, card.id, card.title, owner=LOCAL)
    wait_until(lambda: store.runs.get(task.id).status.is_final, LONG_S, "the photos are read")
    own.change(store.settings, card.id, LOCAL, accepted=True)
    return card.id


def measure(store: Store, dataset: str, preset_id: str) -> dict[str, object]:
    """Train with a preset from a warm worker; return what came of it."""
    family = find_family("cnn")
    preset = family.presets[preset_id]
    ensure_foreman(store.settings)
    wait_until(lambda: store.processes.is_ready(this_host(), "train"), LONG_S, "a spare is ready")
    run = submit_training(store, family, preset.config, dataset, LOCAL, preset=preset)
    spent, run = phases(store, run)
    if run.status is not Status.SUCCEEDED or run.started is None or run.finished is None:
        raise SystemExit(f"{run.id} is {run.status}: {run.error}")
    result_s, features_s = run.finished - run.created, spent["computing features"]
    return {
        "preset": preset_id,
        "accuracy": run.summary["test_accuracy_last"],
        "features_s": round(features_s, 1),
        "trained_s": run.summary["fit_s"],
        "result_s": round(result_s, 1),
        "click_s": round(result_s - features_s - spent["testing"], 1),
        "phases": {phase: round(seconds, 1) for phase, seconds in spent.items()},
    }


def phases(store: Store, run: Run) -> tuple[dict[str, float], Run]:
    """Follow a run to its end; return the seconds of each phase, and the run."""
    spent: dict[str, float] = defaultdict(float)
    last = time.monotonic()
    while not run.status.is_final:
        time.sleep(POLL_S)
        run, now = store.runs.get(run.id), time.monotonic()
        spent[str(run.progress.get("phase", "waiting")).partition(",")[0]] += now - last
        last = now
    return spent, run


if __name__ == "__main__":
    main()
