"""Which training examples argued for an answer, at one saved moment of training."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.targets import Classes, Number
from core.explain.learned.parts import Parts
from core.schedule.losses import DEFAULT_OF_CLASSES, DEFAULT_OF_NUMBER
from core.training.losses import OF_NUMBER
from core.training.objectives import SURE, OfClasses


class Influence:
    """Compares gradients of the last layer's weights, as TracIn does at each saved moment.

    A step of gradient descent on a training example changes the loss of another one by minus the learning rate times
    the dot product of both gradients. The last layer alone is compared, which is exact for its weights and needs no
    pass back.

    Source: Pruthi et al. 2020, Estimating training data influence by tracing gradient descent, sections 3 and 4.

    Args:
        network: Any that predicts classes or a number.
        data: Its data; only training examples are compared.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data = Parts(network), data
        dense = next(layer for layer in reversed(network.layers) if isinstance(layer, keras.layers.Dense))
        self._reader = keras.Model(network.input, [dense.input, network.output])

    def __call__(
        self,
        example: np.ndarray,
        *,
        label: float,
        rows: np.ndarray,
        labels: np.ndarray,
        loss: str = "",
        smoothing: float = 0.0,
    ) -> dict[str, np.ndarray]:
        """Compare the gradient of one answer's loss with those of training examples.

        Args:
            example: uint8 (h, w, c) or float32 (n,).
            label: Class, or number, whose loss is looked at.
            rows: Rows of the training set, int64 (n,).
            labels: Their classes or numbers as the run learns them (n,).
            loss: An id of `core.schedule.losses`; "" for the usual one of the target.
            smoothing: Label smoothing of the cross-entropy.

        Returns:
            `products` float64 (n,), dot products of gradients: above 0, a step on that training example lowers the loss
            of this answer; `answers` float32 (n, classes or 1).
        """
        examples = np.concatenate([example[None], self._data.x_train[rows]])
        read = self._parts.in_batches(lambda batch: self._reader(batch, training=False), examples)
        inputs, answers = (part.astype(np.float64) for part in read)
        slopes = self._slopes(answers, np.concatenate([[label], labels]), loss, smoothing)
        alike = inputs[1:] @ inputs[0] + 1  # of the bias, whose input is 1
        return {"products": alike * (slopes[1:] @ slopes[0]), "answers": read[1][1:]}

    def _slopes(self, answers: np.ndarray, labels: np.ndarray, loss: str, smoothing: float) -> np.ndarray:
        """Return the gradient of each loss with respect to the last layer's output (n, classes or 1)."""
        target = self._data.spec.target
        with tf.GradientTape() as tape:
            if isinstance(target, Number):  # the last layer answers in standard deviations
                out = tf.constant(answers / target.spread, tf.float32)
                tape.watch(out)
                losses = OF_NUMBER[loss or DEFAULT_OF_NUMBER](
                    tf.constant(labels / target.spread, tf.float32) - out[:, 0]
                )
            else:  # all losses depend on differences of logits alone
                out = tf.constant(np.log(np.maximum(answers, SURE)), tf.float32)
                tape.watch(out)
                assert isinstance(target, Classes)
                objective = OfClasses(target, loss or DEFAULT_OF_CLASSES, smoothing)
                losses = objective.train_loss(tf.constant(labels, tf.int32), out)
        return np.asarray(tape.gradient(losses, out), np.float64)
