"""Training a network that tells classes apart."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.corruptions import shifted_images
from core.datasets.targets import Classes, count_labels
from core.explain.feature_maps import FeatureMaps
from core.families import Family
from core.jobs.work import Work
from core.models.augmentation import Augmentation
from core.models.network import build_network
from core.schedule.plan import EVAL_BATCH, Plan
from core.schedule.split import evenly_spread, first_of_each, training_rows
from core.training import evaluate
from core.training.batches import Batches
from core.training.evaluate import MOST_RECALLED, TestResult
from core.training.optimizers import build_optimizer
from core.training.step import Trainee

GALLERY = 12  # test images that every saved moment answers


class Classifier(Trainee):
    """A classifier with its data: cross-entropy on logits, accuracy, gradient norm.

    Args:
        family: Says what the layers are.
        config: The run's settings.
        data: The prepared arrays.
        policy: Keras' dtype policy.
    """

    METRICS = ("loss", "accuracy", "gradient_norm")  # the loss without the price of L1 and L2
    BEST = "val_accuracy"

    def __init__(self, family: Family, config: Any, data: Prepared, policy: str) -> None:
        super().__init__()
        self.config = config
        self.specs = tuple(family.layers(config, data.spec))
        self._network = build_network(self.specs, data.spec, policy=policy, fast=True)
        self.networks = {"network": self._network}
        self._logits = keras.Model(self._network.input, self._network.get_layer("logits").output)
        self._smoothing = config.label_smoothing
        self._classes = len(data.spec.classes)
        self._data = data
        self._load(config, data)
        augmentation = family.augmentation(config)
        self._augmentation = Augmentation(build_network(augmentation, data.spec)) if augmentation else None
        self._looker = FeatureMaps(self._network)
        self._gallery = self._gallery_of(data)
        images = tf.TensorSpec((None, *data.spec.input_shape), tf.uint8)
        labels = tf.TensorSpec((None,), tf.int32)
        self._measure = tf.function(self._measure_batch, input_signature=[images, labels], autograph=False)
        self.compile(optimizer=build_optimizer(config, self.plan.total_steps), jit_compile=False)
        self.optimizer.build(self._network.trainable_variables)

    def _load(self, config: Any, data: Prepared) -> None:
        rows = training_rows(config, np.asarray(data.y_train), self._classes)
        x, y = np.asarray(data.x_train), rows.labels.astype(np.int32)
        self._held = (x[rows.held], y[rows.held])
        self._sample = x[0]
        recalled = evenly_spread(rows.learn, MOST_RECALLED)
        self._recalled = (recalled, y[recalled])
        counts = count_labels(data.y_train, self._classes)  # data that was prepared long ago says none
        self.plan = Plan.of(config, replace(data.spec, target=Classes(data.spec.classes, counts)))
        arrays = (x, y) if len(rows.learn) == len(x) else (x[rows.learn], y[rows.learn])
        self.batches = Batches(arrays, self.plan, config.seed)

    def _gallery_of(self, data: Prepared) -> tuple[np.ndarray, np.ndarray]:
        """Return the test images that each saved moment answers, changed as in the test, and their classes."""
        y = np.asarray(data.y_test)
        rows = first_of_each(y, GALLERY)
        images = [shifted_images(data.x_test[row : row + 1], self.config.test_shift, int(row)) for row in rows]
        return np.concatenate(images), y[rows].astype(np.int32)

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Do one update on a batch: images uint8 (n, h, w, c), labels int32 (n,)."""
        x, y = data
        if self._augmentation is not None:
            x = self._augmentation(x)
        with tf.GradientTape() as tape:
            logits = tf.cast(self._logits(x, training=True), tf.float32)  # (n, classes)
            loss = tf.reduce_mean(self._cross_entropy(y, logits))
            total = tf.add_n([loss, *self._logits.losses])
        weights = self._network.trainable_variables
        gradients = tape.gradient(total, weights)
        self.optimizer.apply(gradients, weights)
        self.remember(loss, _accuracy(y, logits), tf.linalg.global_norm(gradients))
        return {"loss": loss}

    def _cross_entropy(self, y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        if not self._smoothing:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
        even = self._smoothing / self._classes
        targets = tf.one_hot(y, self._classes) * (1 - self._smoothing) + even
        return tf.nn.softmax_cross_entropy_with_logits(targets, logits)

    def first_numbers(self) -> dict[str, float]:
        """Return the untrained network's metrics on the first batch."""
        loss, right, _ = self._measure(*self.batches.batch(tf.constant(0, tf.int64)))
        return {"loss": float(np.mean(loss)), "accuracy": float(np.mean(right))}

    def validate(self) -> dict[str, float]:
        """Return loss and accuracy on the held-back training images; {} without any."""
        x, y = self._held
        if not len(y):
            return {}
        cuts = range(0, len(y), EVAL_BATCH)
        parts = [self._measure(tf.constant(x[i : i + EVAL_BATCH]), tf.constant(y[i : i + EVAL_BATCH])) for i in cuts]
        loss, right = (np.concatenate([part[k] for part in parts]).mean() for k in (0, 1))
        return {"val_loss": float(loss), "val_accuracy": float(right)}

    def _measure_batch(self, x: tf.Tensor, y: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss, 1 where it is right, float32 (n,), and its probabilities (n, classes)."""
        logits = tf.cast(self._logits(x, training=False), tf.float32)
        right = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
        return loss, tf.cast(right, tf.float32), tf.nn.softmax(logits)

    def views(self) -> dict[str, np.ndarray]:
        """Return kernels and feature maps for the first training image, and the answers to a few test images.

        Those test images are shown, never chosen by: no setting, stop or best moment depends on them.
        """
        images, labels = self._gallery
        _, _, probabilities = self._measure(tf.constant(images), tf.constant(labels))
        answers = {"images": images, "labels": labels, "probabilities": probabilities.numpy()}
        return {**self._looker(self._sample), **{f"gallery/{name}": array for name, array in answers.items()}}

    def finish(self, work: Work) -> dict[str, Any]:
        """Save the network in float32, and measure it on the test data."""
        return evaluate.finish(work, self, self._data)

    def test(self, network: keras.Model) -> TestResult:
        """Return accuracy and mean cross-entropy on the test images, changed if asked, and all probabilities."""
        x = shifted_images(self._data.x_test, self.config.test_shift)
        return _measured(network, x, np.asarray(self._data.y_test))

    def recall(self, network: keras.Model) -> TestResult:
        """Return the same on training images, as they are and with the labels that were told.

        Which images these are depends on the data and on nothing else: at most `MOST_RECALLED`.
        """
        rows, labels = self._recalled
        return _measured(network, np.asarray(self._data.x_train)[rows], labels)

    def held_back(self, network: keras.Model) -> TestResult | None:
        """Return the same on the training images that were held back for validation; None without any."""
        x, y = self._held
        return _measured(network, x, y) if len(y) else None


@lru_cache(maxsize=1)
def _answering(network: keras.Model) -> Any:
    """Return the network as a graph; tracing it takes as long as a thousand answers, so the last one is kept."""
    return tf.function(lambda images: network(images, training=False), reduce_retracing=True)


def _measured(network: keras.Model, x: np.ndarray, y: np.ndarray) -> TestResult:
    answer = _answering(network)
    cuts = [x[i : i + EVAL_BATCH] for i in range(0, len(y), EVAL_BATCH)]
    with ThreadPoolExecutor(2) as pool:  # each takes half of the cores
        parts = list(pool.map(lambda images: answer(tf.constant(images)).numpy(), cuts))
    probabilities = np.concatenate(parts).astype(np.float32)
    right = probabilities[np.arange(len(y)), y]
    numbers = {
        "accuracy": float((probabilities.argmax(1) == y).mean()),
        "loss": float(-np.log(np.maximum(right, 1e-12)).mean()),
    }
    return TestResult(numbers, probabilities)


def _accuracy(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    right = tf.equal(tf.argmax(logits, 1, output_type=tf.int32), y)
    return tf.reduce_mean(tf.cast(right, tf.float32))
