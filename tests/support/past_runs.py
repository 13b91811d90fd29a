"""Runs as a worker would have left them, without a worker."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.datasets import DATASETS, open_prepared
from core.families import find_family
from core.figures.network.frame import Frame, make_frame
from core.store import Run, Status, Store
from core.store.metrics import Point, Snapshot
from core.store.records import LOCAL, NewRun, hash_key

KEY = "a" * 32  # what the visitor's browser keeps
ME = hash_key(KEY)
SOMEBODY_ELSE = hash_key("b" * 32)
TEST_SIZE = 1000  # of mnist_5k
SURE = 0.99  # confidence of the surest mistake; each next one is a little less sure
STEP_BY = 0.01


class PastRuns:
    """Writes runs into a store.

    Args:
        store: Whose.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._slots = store, itertools.count()

    def queued(
        self, *, owner: str = ME, name: str = "a run", changes: Sequence[str] = (), preset: str = "fast", **new: Any
    ) -> Run:
        """Queue a run of a preset with some changes."""
        known = {
            "kind": "train",
            "dataset": "mnist_5k",
            "family": "cnn",
            "owner": owner,
            "name": name,
            "preset": preset,
        }
        run = {**known, **new}
        if "config" not in run:
            run["config"] = find_family(run["family"] or "cnn").presets[preset].config.changed(changes).to_dict()
        return self._store.runs.submit(NewRun(**run))

    def logged(self, *, is_over: bool = True) -> Run:
        """Let a script log a run of two epochs, which the server did not train."""
        new = NewRun(kind="train", dataset="", owner=LOCAL, name="a script", family="logged", config={"epochs": 2})
        run = self._store.runs.log(new, host="here", pid=1)
        values = {"loss": 0.5, "val_loss": 0.6, "accuracy": 0.8, "val_accuracy": 0.75}
        self._store.metrics.append(run.id, [Point(step, step // 2, 0.1, values) for step in (1, 2, 3, 4)])
        progress = {"phase": "training", "step": 4, "total_steps": 4, "epoch": 2, "epochs": 2, "metrics": [*values]}
        self._store.runs.report(run.id, str(run.lease), progress=progress)
        if is_over:
            summary = {f"{name}_last": value for name, value in values.items()}
            self._store.runs.move(run.id, Status.SUCCEEDED, summary={"fit_s": 1.0, "parameters": 42, **summary})
        return self._store.runs.get(run.id)

    def running(self, *, step: int = 30, total_steps: int = 100, host: str = "there", **new: Any) -> Run:
        """Let a run be claimed, come to `step`, and save its snapshots 0 and `step`."""
        run = self.queued(priority=1, **new)
        lease = self._claim(run, host)
        self._store.metrics.append(run.id, [_point(n) for n in range(step + 1)])
        for moment in (0, step):
            self.save_snapshot_of(run, moment)
        progress = {
            "phase": "training",
            "step": step,
            "total_steps": total_steps,
            "epoch": step // 10,
            "epochs": total_steps // 10,
            "images_per_s": 5210,
            "left_s": 12.0,
        }
        self._store.runs.report(run.id, lease, progress=progress)
        return self._store.runs.get(run.id)

    def ended(self, status: Status, *, error: str = "", summary: dict[str, Any] | None = None, **new: Any) -> Run:
        """Let a run come to an end without a test of the network."""
        run = self.running(**new)
        self._store.runs.move(run.id, status, lease=run.lease, error=error, summary=summary or {})
        return self._store.runs.get(run.id)

    def finished(self, *, mistakes: int = 38, summary: dict[str, Any] | None = None, **new: Any) -> Run:
        """Let a run succeed that calls the first `mistakes` test images the next digit."""
        return self.finish(self.running(step=100, **new), mistakes=mistakes, summary=summary)

    def finish(self, run: Run, *, mistakes: int = 38, summary: dict[str, Any] | None = None) -> Run:
        """Let a run that is under way succeed."""
        self._store.files(run.id).save_predictions(self.predictions(mistakes))
        usual = {
            "parameters": 12_345,
            "steps_done": 100,
            "epochs_done": 10,
            "fit_s": 72.4,
            "best_step": None,
            "test_accuracy_last": (TEST_SIZE - mistakes) / TEST_SIZE,
            "test_accuracy_best": None,
        }
        told = {**usual, **(summary or {})}
        self._store.runs.move(run.id, Status.SUCCEEDED, lease=run.lease, summary=told)
        return self._store.runs.get(run.id)

    def predictions(self, mistakes: int) -> dict[str, np.ndarray]:
        """Return answers of which the first are wrong, less and less sure; the rest are right."""
        truth = np.array(open_prepared(self._store.settings, "mnist_5k").y_test)
        said, sure = truth.copy(), np.full(TEST_SIZE, 0.9)
        said[:mistakes] = (truth[:mistakes] + 1) % 10
        sure[:mistakes] = SURE - STEP_BY * np.arange(mistakes)
        probabilities = np.repeat((1 - sure)[:, None] / 9, 10, axis=1)
        probabilities[np.arange(TEST_SIZE), said] = sure
        answers = probabilities.astype(np.float32)
        return {"ids": np.arange(TEST_SIZE), "y_true": truth, "probabilities_last": answers}

    def save_snapshot_of(self, run: Run, step: int) -> None:
        """Save what a network with two kernels sees."""
        self._store.files(run.id).save_snapshot(step, {**look(step), **gallery(step)})
        self._store.metrics.add_snapshot(run.id, Snapshot(step, step // 10, step / 10))

    def _claim(self, run: Run, host: str) -> str:
        claimed = self._store.runs.claim("train", host=host, slot=f"train-{next(self._slots)}", pid=1, device="CPU")
        assert claimed is not None
        assert claimed.id == run.id
        assert claimed.lease is not None
        return claimed.lease


def look(seed: int = 0) -> dict[str, np.ndarray]:
    """Return the arrays of the views of a small network with one convolution."""
    random = np.random.default_rng(seed)
    return {
        "probabilities": random.dirichlet(np.ones(10)).astype(np.float32),
        "kernels/conv_1": random.normal(size=(3, 3, 1, 2)).astype(np.float32),
        "maps/conv_1": random.random((26, 26, 2), dtype=np.float32),
    }


def frame(seed: int = 0) -> Frame:
    """Return what a page shows of them."""
    return make_frame(look(seed), None, DATASETS["mnist_5k"].spec)


def path(seed: int = 0, *, layer: str = "", unit: int = -1, **rest: object) -> dict[str, np.ndarray]:
    """Return the way of an image through that network, with what is opened of its convolution."""
    seen = look(seed)
    found = {"maps/conv_1": seen["maps/conv_1"], "units/probabilities": seen["probabilities"]}
    if layer:
        found["opened"] = seen["maps/conv_1"]
    if unit >= 0:
        about = {"kind": "other", "activation": "linear", "from": ["input"], "field": None}
        found["unit/about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
        found["unit/output"] = seen["maps/conv_1"][..., unit]
    return found


def answers(seed: int = 0) -> dict[str, np.ndarray]:
    """Return what that network says of a batch of one image."""
    return {"probabilities": look(seed)["probabilities"][None]}


def gallery(seed: int = 0) -> dict[str, np.ndarray]:
    """Return what a network says to a few test images; a run's snapshots have this, a question to the probe has not."""
    random = np.random.default_rng(seed)
    return {
        "gallery/images": random.integers(0, 256, (12, 28, 28, 1), dtype=np.uint8),
        "gallery/labels": np.arange(12) % 10,
        "gallery/probabilities": random.dirichlet(np.ones(10), 12).astype(np.float32),
    }


def augmented(seed: int = 0) -> dict[str, np.ndarray]:
    """Return three images, as the probe changes the sample image."""
    return {"augmented": np.random.default_rng(seed).integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)}


def _point(step: int) -> Point:
    return Point(step, step // 10, step / 10, {"loss": 2.3 / (1 + step), "accuracy": 1 - 0.9 / (1 + step)})


def stages(network: str, given: np.ndarray) -> dict[str, np.ndarray]:
    """Return what a generator of images or a discriminator makes of some input."""
    random, count = np.random.default_rng(0), len(given)
    made = random.uniform(0, 255, (count, 28, 28, 1)) if network == "generator" else np.ones((count, 10))
    return {"units/dense_1": np.array([1, -1], np.float32), "answers": made.astype(np.float32)}


def samples(seed: int = 0) -> dict[str, np.ndarray]:
    """Return what a generator makes of the noise of every snapshot."""
    return {"samples/images": np.random.default_rng(seed).integers(0, 256, (64, 28, 28, 1), dtype=np.uint8)}
