"""Losses and metrics by target: classification, regression, the next token and answers to texts."""

from __future__ import annotations

from typing import Protocol

import keras
import numpy as np
import tensorflow as tf

from core.analysis.number.errors import error_numbers
from core.datasets.targets import Classes, NextToken, Number, Target, TokenSequence
from core.schedule.losses import DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER
from core.training.losses import OF_CLASSES, OF_NUMBER

SURE = 1e-12  # lower bound of probabilities in logarithms


class Objective(Protocol):
    """The loss and metrics of a kind of target."""

    metric: str  # name of the metric reported with the loss
    best: str  # validation metric; its maximum marks the best snapshot
    stored_as: str  # prefix of the outputs in the predictions file
    label_type: str  # dtype of targets in training

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the model whose outputs the loss uses."""

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the training loss of each example, float32 (n,)."""

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss and metric, float32 (n,), and the answers."""

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return further validation metrics, in addition to the mean loss and metric."""

    def outputs(self, y: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return a network's answers to examples with targets `y` in their stored form."""

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return metrics of stored outputs by name."""


class OfClasses:
    """Classification: a loss, and accuracy.

    Args:
        target: The classes.
        loss: One of `CLASS_LOSSES`.
        smoothing: Label smoothing of the cross-entropy in training, 0 to 0.5.
    """

    metric, best, stored_as, label_type = "accuracy", "val_accuracy", "probabilities", "int32"

    def __init__(self, target: Classes, loss: str, smoothing: float) -> None:
        self._classes, self._loss, self._smoothing = len(target.names), OF_CLASSES[loss], smoothing

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network up to its logits (n, classes)."""
        return keras.Model(network.input, network.get_layer("logits").output)

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the loss with labels int32 (n,), with label smoothing if set."""
        if not self._smoothing:
            return self._loss(y, read)
        even = self._smoothing / self._classes
        targets = tf.one_hot(y, self._classes) * (1 - self._smoothing) + even
        return tf.nn.softmax_cross_entropy_with_logits(targets, read)

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss, correctness (0 or 1), and probabilities (n, classes)."""
        right = tf.equal(tf.argmax(read, 1, output_type=tf.int32), y)
        return self._loss(y, read), tf.cast(right, tf.float32), tf.nn.softmax(read)

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return no further metrics."""
        return {}

    def outputs(self, y: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return probabilities float32 (n, classes)."""
        return answers

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return the accuracy and the mean loss; all losses depend on differences of logits alone."""
        logits = np.log(np.maximum(outputs, SURE)).astype(np.float32)
        return {
            "accuracy": float((outputs.argmax(1) == y).mean()),
            "loss": float(np.mean(self._loss(tf.constant(y, tf.int32), tf.constant(logits)))),
        }


class OfNumber:
    """Regression: a loss of the error in units of the target's spread, and absolute error in the target's unit.

    Args:
        target: The number.
        loss: One of `NUMBER_LOSSES`.
    """

    metric, best, stored_as, label_type = "mae", "val_r2", "values", "float32"

    def __init__(self, target: Number, loss: str) -> None:
        self._spread, self._loss = target.spread, OF_NUMBER[loss]

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network itself: its outputs (n, 1) are in the target's unit."""
        return network

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the loss with targets float32 (n,)."""
        return self._loss((y - read[:, 0]) / self._spread)

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's loss, absolute error and answer (n, 1)."""
        return self.train_loss(y, read), tf.abs(y - read[:, 0]), read

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return R2."""
        return {"val_r2": error_numbers(y, answers[:, 0])["r2"]}

    def outputs(self, y: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return values float32 (n,)."""
        return answers[:, 0]

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return R2, root mean squared error, mean absolute error and mean loss."""
        found = error_numbers(y, outputs)
        return {**found, "loss": float(np.mean(self._loss(tf.constant((y - outputs) / self._spread))))}


class OfNextToken:
    """The next token at every step: cross-entropy in nats a character, and the share of tokens guessed right.

    Args:
        target: The tokens.
    """

    metric, best, stored_as, label_type = "accuracy", "val_accuracy", "surprise", "int32"

    def __init__(self, target: NextToken) -> None:
        self._target = target

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network up to its logits (n, steps, tokens)."""
        return keras.Model(network.input, network.get_layer("logits").output)

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the mean cross-entropy with tokens int32 (n, steps)."""
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, read), 1) / self._target.characters

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each example's mean cross-entropy and share of tokens guessed right, and the surprise (n, steps)."""
        surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(y, read)
        right = tf.cast(tf.equal(tf.argmax(read, 2, output_type=tf.int32), y), tf.float32)
        return tf.reduce_mean(surprise, 1) / self._target.characters, tf.reduce_mean(right, 1), surprise

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return no further metrics."""
        return {}

    def outputs(self, y: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return the surprise of each token in nats, float32 (n, steps)."""
        shares = np.take_along_axis(answers, y[..., None].astype(np.int64), 2)[..., 0]
        surprise: np.ndarray = -np.log(np.maximum(shares, SURE)).astype(np.float32)
        return surprise

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return the mean surprise in nats a character."""
        nats = float(outputs.sum(dtype=np.float64)) / self._target.count_characters(y)
        return {"nats": nats, "loss": nats}


class OfTokenSequence:
    """An answer to a text: cross-entropy in nats a token of it, and the share of answers that are right throughout.

    What comes after the end of an answer counts for nothing. Each token is said after the right ones before it; an
    answer is right throughout exactly if a network that goes on from its own tokens says it too.
    """

    metric, best, stored_as, label_type = "exact", "val_exact", "said", "int32"

    def reader(self, network: keras.Model) -> keras.Model:
        """Return the network up to its logits (n, steps, tokens)."""
        return keras.Model(network.input, network.get_layer("logits").output)

    def train_loss(self, y: tf.Tensor, read: tf.Tensor) -> tf.Tensor:
        """Return the mean cross-entropy of each answer, with tokens int32 (n, steps)."""
        counts = tf.cast(y > 0, tf.float32)
        surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(y, read)
        return tf.reduce_sum(surprise * counts, 1) / tf.reduce_sum(counts, 1)

    def measured(self, y: tf.Tensor, read: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return each answer's cross-entropy, whether it is right (0 or 1), and whether each token is (n, steps)."""
        right = tf.equal(tf.argmax(read, 2, output_type=tf.int32), y)
        whole = tf.reduce_all(right | tf.equal(y, 0), 1)
        return self.train_loss(y, read), tf.cast(whole, tf.float32), tf.cast(right, tf.float32)

    def validated(self, y: np.ndarray, answers: np.ndarray) -> dict[str, float]:
        """Return the share of tokens that are right."""
        return {"val_token_accuracy": float(answers[y > 0].mean())}

    def outputs(self, y: np.ndarray, answers: np.ndarray) -> np.ndarray:
        """Return the likeliest token at each step and the surprise of the right one in nats, float32 (n, steps, 2)."""
        shares = np.take_along_axis(answers, y[..., None].astype(np.int64), 2)[..., 0]
        return np.stack([answers.argmax(2), -np.log(np.maximum(shares, SURE))], 2).astype(np.float32)

    def numbers(self, y: np.ndarray, outputs: np.ndarray) -> dict[str, float]:
        """Return the share of answers that are right, that of tokens, and the mean surprise in nats a token."""
        right, counts = outputs[..., 0] == y, y > 0
        each = (outputs[..., 1] * counts).sum(1) / counts.sum(1)
        return {
            "exact": float((right | ~counts).all(1).mean()),
            "token_accuracy": float(right[counts].mean()),
            "loss": float(each.mean(dtype=np.float64)),
        }


def objective_of(target: Target, loss: str = "", smoothing: float = 0.0) -> Objective:
    """Return the objective of a target; the loss is that of most networks if none is named.

    Raises:
        TypeError: There is nothing to learn."""
    if isinstance(target, Classes):
        return OfClasses(target, loss or DEFAULT_OF_CLASSES, smoothing)
    if isinstance(target, Number):
        return OfNumber(target, loss or DEFAULT_OF_NUMBER)
    if isinstance(target, NextToken):
        return OfNextToken(target)
    if isinstance(target, TokenSequence):
        return OfTokenSequence()
    raise TypeError(f"no objective for the target {target!r}")
