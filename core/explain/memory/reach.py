"""How far back a network looks: the gradient of its loss by what it read k steps before."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.features import Tokens
from core.datasets.targets import Number
from core.explain.memory.parts import Cut
from core.explain.memory.reading import Reading
from core.schedule.split import evenly_spread

EXAMPLES = 64


class Reach:
    """Sends the gradient of the loss at the last step back to what was read at every step.

    Args:
        network: A functional model with one input, whose first axis is time.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._cut, self._target = Cut(network), data.spec.target
        rows = evenly_spread(np.arange(len(data.x_test)), EXAMPLES)
        self._x, self._y = np.array(data.x_test[rows]), np.array(data.y_test[rows])
        self._is_read = np.ones(self._x.shape[:2], bool)
        if isinstance(data.spec.features, Tokens) and data.spec.classes:  # zeros before a short text
            self._is_read = np.cumsum(self._x != 0, 1) > 0
        self._slopes = tf.function(self._gradients, autograph=False)

    def __call__(self, given: np.ndarray) -> dict[str, np.ndarray]:
        """Measure it over test examples.

        Args:
            given: Any input.

        Returns:
            `reach` float64 (steps,): the mean length of the gradient by what was read k steps before the end, k from 0;
            NaN where no example is so long. `examples` (): how many there are.
        """
        read = self._cut.front(tf.constant(self._x))
        seen = tf.constant(self._cut.is_read(self._x))
        slopes = self._slopes(tf.cast(read, tf.float32), seen, tf.constant(self._y)).numpy().astype(np.float64)
        lengths = np.sqrt((slopes**2).sum(-1))[:, ::-1] * self._is_read[:, ::-1]
        counts = self._is_read[:, ::-1].sum(0)
        reach = np.divide(lengths.sum(0), counts, out=np.full(len(counts), np.nan), where=counts > 0)
        return {"reach": reach, "examples": np.array(len(self._x))}

    def _gradients(self, read: tf.Tensor, seen: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(read)
            loss = tf.reduce_sum(self._losses(self._cut.answer(read, seen), y))
        return tape.gradient(loss, read)

    def _losses(self, said: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        if isinstance(self._target, Number):
            return tf.square((said[:, 0] - tf.cast(y, tf.float32)) / self._target.spread)
        if self._cut.says_every_step:
            said, y = said[:, -1], y[:, -1]
        return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), said)


class AtLength:
    """Answers sequences of another length than those that a network has learned from.

    Args:
        network: A functional model with one input, whose layers take any length.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reading = Reading(network)

    def __call__(self, given: np.ndarray, *, longer: np.ndarray) -> dict[str, np.ndarray]:
        """Answer them.

        Args:
            given: Any input.
            longer: The sequences, (n, steps, ...).

        Returns:
            `answer` float32 (n, ...).
        """
        return {"answer": self._reading.answer(longer)}
