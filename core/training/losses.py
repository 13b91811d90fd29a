"""The losses of supervised training: one TensorFlow function for each entry of `core.schedule.losses`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

FOCUS = 2.0  # Lin et al., Focal loss for dense object detection, 2017, section 3.2
MARGIN = 1.0  # Crammer and Singer, On the algorithmic implementation of multiclass kernel-based machines, 2001
FAR = 1e9  # subtracted from the score of the right class, so that the best of the others is found


def cross_entropy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return minus the logarithm of the right class's probability, float32 (n,)."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def focal(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the cross-entropy, less the surer the network is of the right class, float32 (n,)."""
    loss = cross_entropy(labels, logits)
    return (1 - tf.exp(-loss)) ** FOCUS * loss


def hinge(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return by how much the right class is not a margin ahead of the best other one, float32 (n,)."""
    truth = tf.one_hot(labels, logits.shape[-1])
    other = tf.reduce_max(logits - FAR * truth, axis=-1)
    return tf.nn.relu(MARGIN + other - tf.reduce_sum(truth * logits, axis=-1))


def brier(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Return the squared distance of the probabilities from those of the truth, float32 (n,)."""
    return tf.reduce_sum((tf.nn.softmax(logits) - tf.one_hot(labels, logits.shape[-1])) ** 2, axis=-1)


def huber(error: tf.Tensor) -> tf.Tensor:
    """Return half the square of small errors, and of large ones their size, less a half; (n,)."""
    size = tf.abs(error)
    return tf.where(size < 1, size**2 / 2, size - 0.5)


OF_CLASSES: Mapping[str, Loss] = {"cross_entropy": cross_entropy, "focal": focal, "hinge": hinge, "brier": brier}
OF_NUMBER: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "squared_error": tf.square,
    "absolute_error": tf.abs,
    "huber": huber,
}
