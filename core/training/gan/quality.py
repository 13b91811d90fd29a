"""The `judge` task: evaluate a generator with the user's own classifier."""

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

SEED = 0  # of noise, halves and draws: a repeated evaluation gives the same result
MADE, MADE_LAST = 1_000, 2_000
MOST_REAL = 2_000  # per half; the time grows with the square
MOST_FEATURES = 128  # the time grows with the cube
BATCH = 250


def judge_run(work: Work) -> Outcome:
    """Evaluate the GAN run of a task with the classifier of that task.

    Raises:
        RunError: The GAN run has no snapshot."""
    asked, store = work.run.config, work.store
    run, other = store.runs.get(asked["run"]), store.runs.get(asked["judge"])
    steps = [snapshot.step for snapshot in store.metrics.snapshots(run.id)]
    if not steps:
        raise RunError(f"run {run.id} has no snapshots to evaluate")
    data = open_whole(work.settings, run.dataset)
    classifier, make = Classifier(store.files(other.id).model), _maker(work, run, data)
    work.tell("measuring real images", 0.0)
    (real, _), (floor, said) = (classifier(half) for half in halves(np.asarray(data.x_test)))
    fair, moments, chosen = _fair(run, data), [], chosen_snapshots(steps)
    with threadpool_limits(1):  # small matrices: waiting threads make it 30 times slower
        for index, step in enumerate(chosen):
            work.tell(f"evaluating step {step:,}", (index + 0.5) / (len(chosen) + 0.5))
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
    """A trained classifier that returns features and probabilities.

    Args:
        path: Its `.keras` file.
    """

    def __init__(self, path: Path) -> None:
        network = keras.saving.load_model(path)
        self._network = keras.Model(network.input, [network.get_layer("logits").input, network.output])
        width = int(np.prod(self._network.output_shape[0][1:]))
        self._mix = np.random.default_rng(SEED).normal(size=(width, MOST_FEATURES)) / np.sqrt(MOST_FEATURES)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Classify images uint8 (n, h, w, c).

        Returns:
            Features float32 (n, d), the inputs of the logits layer, and probabilities float32 (n, classes). More than
            128 features are projected at random to 128, which nearly preserves distances.

        Source: Johnson and Lindenstrauss, Extensions of Lipschitz mappings into a Hilbert space, 1984.
        """
        features, probabilities = self._network.predict(images, batch_size=BATCH, verbose=0)
        features = features.reshape(len(images), -1)
        if features.shape[1] > MOST_FEATURES:
            features = (features @ self._mix).astype(np.float32)
        return features, probabilities


def halves(images: np.ndarray) -> list[np.ndarray]:
    """Split images at random into two halves of equal size, at most `MOST_REAL` each."""
    size = min(len(images) // 2, MOST_REAL)
    rows = np.random.default_rng(SEED).permutation(len(images))
    return [images[np.sort(rows[start : start + size])] for start in (0, size)]


def _maker(work: Work, run: Run, data: Prepared) -> Callable[[int, int], np.ndarray]:
    """Return a function that generates images: (step, count) -> uint8 (count, h, w, c)."""
    config = GanConfig.from_dict(run.config)
    network = {network.id: network for network in build_networks(config, data.spec)}["generator"]
    generator = build_network(network.specs, network)
    samples, num_classes = Samples(generator), config.num_classes(data.spec)

    def make(step: int, count: int) -> np.ndarray:
        set_weights_of(generator, work.store.files(run.id).load_snapshot(step, prefix("generator")), "generator")
        return samples(draw_noise(config, num_classes, count, SEED))["samples/images"]

    return make


def _fair(run: Run, data: Prepared) -> tuple[float, ...]:
    """Return the expected share of each class: as in the real images, or equal if conditional."""
    classes = data.spec.num_classes
    if run.config["conditional"] == "on":
        return (1 / classes,) * classes
    counts = np.bincount(np.asarray(data.y_train), minlength=classes)
    return tuple((counts / counts.sum()).tolist())
