"""What training aims at, by target: the loss, the metrics, and how answers are measured."""

from __future__ import annotations

from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from core.analysis.number.errors import error_numbers
from core.datasets.targets import Classes, Number, Target
from core.families.supervised.config import SupervisedConfig

SURE = 1e-12  # least probability whose logarithm is taken


class Objective(Protocol):
    """What a network is trained to say, and how well it says it."""

    metric: str  # name of what is watched beside the loss
    best: str  # the validation metric whose highest value is the best snapshot
    stored_as: str  # how the outputs are called in the file of predictions
    label_type: str  # of what an example is, in training

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the model whose outputs the loss takes."""

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the loss of each example of a batch, as training has it: float32 (n,)."""

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss and metric, float32 (n,), and the answers."""

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return what is said of held-back examples beside the means of loss and metric."""

    def outputs(self, answers: np.ndarray) -> np.ndarray:
        """Return a network's answers as they are stored."""

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return metrics of outputs by name."""


class OfClasses:
    """Tell classes apart: cross-entropy in nats, and the share that is right.

    Args:
        target: The classes.
        smoothing: Doubt put on every label while it trains, 0 to 0.5.
    """

    metric, best, stored_as, label_type = "accuracy", "val_accuracy", "probabilities", "int32"

    def __init__(self, target: Classes, smoothing: float) -> None:
        self._classes, self._smoothing = len(target.names), smoothing

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network up to its logits (n, classes)."""
        return keras.Model(network.input, network.get_layer("logits").output)

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the cross-entropy with labels int32 (n,), smoothed if that was asked."""
        if not self._smoothing:
            return tf.nn.sparse_softmax_cross_entropy_with_logits(y, read)
        even = self._smoothing / self._classes
        targets = tf.one_hot(y, self._classes) * (1 - self._smoothing) + even
        return tf.nn.softmax_cross_entropy_with_logits(targets, read)

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's cross-entropy, 1 where it is right, and its probabilities (n, classes)."""
        right = tf.equal(tf.argmax(read, 1, output_type=tf.int32), y)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y, read)
        return loss, tf.cast(right, tf.float32), tf.nn.softmax(read)

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return nothing more."""
        return {}

    def outputs(self, answers: np.ndarray) -> np.ndarray:
        """Return probabilities float32 (n, classes)."""
        return answers

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return the share that is right and the mean cross-entropy."""
        right = outputs[np.arange(len(y)), y]
        return {
            "accuracy": float((outputs.argmax(1) == y).mean()),
            "loss": float(-np.log(np.maximum(right, SURE)).mean()),
        }


class OfNumber:
    """Say a number: squared error in units of the target's spread, and the absolute error in the target's unit.

    Args:
        target: The number.
    """

    metric, best, stored_as, label_type = "mae", "val_r2", "values", "float32"

    def __init__(self, target: Number) -> None:
        self._spread = target.spread

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network itself: its last layer answers in the target's unit, (n, 1)."""
        return network

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the squared error with numbers float32 (n,)."""
        return tf.square((y - read[:, 0]) / self._spread)

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's squared and absolute error, and the answers (n, 1)."""
        return self.train_loss(y, read), tf.abs(y - read[:, 0]), read

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return R2."""
        return {"val_r2": error_numbers(y, answers[:, 0])["r2"]}

    def outputs(self, answers: np.ndarray) -> np.ndarray:
        """Return values float32 (n,)."""
        return answers[:, 0]

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return R2, the root of the mean squared error, the mean absolute error, and the mean loss."""
        found = error_numbers(y, outputs)
        return {**found, "loss": float(np.square((y - outputs) / self._spread).mean())}


def objective_of(target: Target, config: SupervisedConfig) -> Objective:
    """Return what a network of these settings is trained to say."""
    if isinstance(target, Classes):
        return OfClasses(target, config.label_smoothing)
    if isinstance(target, Number):
        return OfNumber(target)
    raise TypeError(f"nothing can be learned of the target {target!r}")
