"""How far signals reach: the spread of each layer's output, and of the gradient of its weights."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.targets import Number
from core.explain.learned.parts import Parts
from core.explain.weights import kernels_of
from core.schedule.split import evenly_spread
from core.training.losses import cross_entropy

EXAMPLES = 64
LEAST = 1e-37  # lower bound of probabilities in logarithms


class Signals:
    """Sends training examples through a network, and the gradient of its usual loss back.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.

    Args:
        network: Any that predicts classes or a number.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._data, self._kernels = data, {kernel.layer: kernel.value for kernel in kernels_of(network)}
        self._stages = Parts(network).stages
        self._model = keras.Model(network.input, [*self._stages.values(), network.output])

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Measure both.

        Args:
            examples: None are needed (0, ...).

        Returns:
            `output/<stage>` float64 (), the standard deviation of all its values over the examples, and
            `gradient/<layer>` float64 (), the root mean square of the loss's slope by its kernel; first to last.
        """
        rows = evenly_spread(np.arange(len(self._data.y_train)), EXAMPLES)
        x, y = np.array(self._data.x_train[rows]), np.array(self._data.y_train[rows])
        with tf.GradientTape() as tape:
            *outputs, answers = self._model(x, training=False)
            loss = tf.reduce_mean(self._loss(tf.cast(answers, tf.float32), y))
        gradients = tape.gradient(loss, [kernel.value for kernel in self._kernels.values()])
        spread = {f"output/{name}": _spread(value) for name, value in zip(self._stages, outputs, strict=True)}
        slopes = zip(self._kernels, gradients, strict=True)
        return spread | {f"gradient/{name}": _size(slope) for name, slope in slopes if slope is not None}

    def _loss(self, answers: tf.Tensor, y: np.ndarray) -> tf.Tensor:
        target = self._data.spec.target
        if isinstance(target, Number):
            return tf.square((y.astype(np.float32) - answers[:, 0]) / target.spread)
        return cross_entropy(tf.constant(y, tf.int32), tf.math.log(tf.maximum(answers, LEAST)))


def _spread(values: tf.Tensor) -> np.ndarray:
    return np.array(np.std(np.asarray(values, np.float64)))


def _size(slope: tf.Tensor) -> np.ndarray:
    return np.array(np.sqrt(np.mean(np.square(np.asarray(slope, np.float64)))))
