"""The `judge` task: what a classifier of the user's own makes of what a generator makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from threadpoolctl import threadpool_limits

from core.analysis.gan.quality import judge
from core.analysis.gan.quality_report import JudgedSnapshot, QualityReport, chosen_snapshots
from core.datasets import Prepared, open_whole
from core.errors import RunError
from core.explain.samples import Samples
from core.families.gan.config import GanConfig, build_networks
from core.families.gan.noise import draw_noise
from core.jobs.work import Outcome, Work
from core.models.network import build_network
from core.runs.gan_quality import FILE
from core.store import Run, Status
from core.training.snapshots import prefix, set_weights_of

SEED = 0  # of noise, halves and draws: judged twice, the same comes out
MADE, MADE_LAST = 1_000, 2_000
MOST_REAL = 2_000  # in each half; the time grows with the square
MOST_FEATURES = 128  # the time grows with the cube
BATCH = 250


def judge_run(work: Work) -> Outcome:
    """Judge the run that the task names by the classifier that it names."""
    asked, store = work.run.config, work.store
    run, other = store.runs.get(asked["run"]), store.runs.get(asked["judge"])
    steps = [snapshot.step for snapshot in store.metrics.snapshots(run.id)]
    if not steps:
        raise RunError(f"run {run.id} has saved no snapshot, so there is nothing to judge")
    data = open_whole(work.settings, run.dataset)
    classifier, make = Classifier(store.files(other.id).model), _maker(work, run, data)
    work.tell("looking at real images", 0.0)
    (real, _), (floor, said) = (classifier(half) for half in halves(np.asarray(data.x_test)))
    fair, moments, chosen = _fair(run, data), [], chosen_snapshots(steps)
    with threadpool_limits(1):  # small matrices: threads that wait for each other make it 30 times as long
        for index, step in enumerate(chosen):
            work.tell(f"judging step {step:,}", (index + 0.5) / (len(chosen) + 0.5))
            images = make(step, MADE_LAST if step == steps[-1] else MADE)
            features, probabilities = classifier(images)
            found = judge(real, features, probabilities, floor_features=floor, seed=SEED, fair=fair)
            moments.append(JudgedSnapshot(step, len(images), found))
    quality = QualityReport(
        judge=other.id,
        judge_name=other.name,
        accuracy=other.summary["test_accuracy_last"],
        confidence_floor=float(said.max(1).mean()),
        generation=run.generation,
        fair=fair,
        moments=tuple(moments),
    )
    store.files(run.id).write_json(FILE, quality.to_dict())
    return Outcome(Status.SUCCEEDED, {"moments": len(moments)})


class Classifier:
    """A trained classifier that says what it sees, and by what.

    Args:
        path: Its `.keras` file.
    """

    def __init__(self, path: Path) -> None:
        network = keras.saving.load_model(path)
        self._network = keras.Model(network.input, [network.get_layer("logits").input, network.output])
        width = int(np.prod(self._network.output_shape[0][1:]))
        self._mix = np.random.default_rng(SEED).normal(size=(width, MOST_FEATURES)) / np.sqrt(MOST_FEATURES)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Look at images uint8 (n, h, w, c).

        Returns:
            Features float32 (n, d), what its last layer but the softmax is given, and probabilities float32
            (n, classes). More than 128 features are mixed at random into 128, which nearly keeps all distances.
            Source: Johnson and Lindenstrauss, Extensions of Lipschitz mappings into a Hilbert space, 1984.
        """
        features, probabilities = self._network.predict(images, batch_size=BATCH, verbose=0)
        features = features.reshape(len(images), -1)
        if features.shape[1] > MOST_FEATURES:
            features = (features @ self._mix).astype(np.float32)
        return features, probabilities


def halves(images: np.ndarray) -> list[np.ndarray]:
    """Return two halves of images, drawn at random, of equal size and at most `MOST_REAL` each."""
    size = min(len(images) // 2, MOST_REAL)
    rows = np.random.default_rng(SEED).permutation(len(images))
    return [images[np.sort(rows[start : start + size])] for start in (0, size)]


def _maker(work: Work, run: Run, data: Prepared) -> Callable[[int, int], np.ndarray]:
    """Return what makes images: (snapshot, how many) -> uint8 (n, h, w, c)."""
    config = GanConfig.from_dict(run.config)
    network = {network.id: network for network in build_networks(config, data.spec)}["generator"]
    generator = build_network(network.specs, network)
    samples, num_classes = Samples(generator), config.num_classes(data.spec)

    def make(step: int, count: int) -> np.ndarray:
        set_weights_of(generator, work.store.files(run.id).load_snapshot(step, prefix("generator")), "generator")
        return samples(draw_noise(config, num_classes, count, SEED))["samples/images"]

    return make


def _fair(run: Run, data: Prepared) -> tuple[float, ...]:
    """Return the share that each class should have: that of the real images, or of those that are asked for."""
    classes = data.spec.num_classes
    if run.config["conditional"] == "on":
        return (1 / classes,) * classes
    counts = np.bincount(np.asarray(data.y_train), minlength=classes)
    return tuple((counts / counts.sum()).tolist())
