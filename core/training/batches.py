"""Batches ordered by (seed, step) alone, so that a resumed run sees the same batches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from core.schedule.plan import Plan


class Batches:
    """Shuffled batches of arrays, which are stored once.

    Args:
        arrays: One or more arrays of the same length, such as images and labels.
        plan: The updates of the run.
        seed: Seed of the order.
    """

    def __init__(self, arrays: Sequence[np.ndarray], plan: Plan, seed: int) -> None:
        self._arrays = [tf.constant(array) for array in arrays]
        self._plan, self._seed = plan, seed

    def take(self, places: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return what the arrays hold at these places."""
        return tuple(tf.gather(array, places).numpy() for array in self._arrays)

    def batch(self, index: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """Return the batch of update `index` + 1."""
        plan = self._plan
        epoch, place = index // plan.steps_per_epoch, index % plan.steps_per_epoch
        first = place * plan.batch_size
        positions = tf.range(first, tf.minimum(first + plan.batch_size, plan.examples), dtype=tf.int64)
        seed = tf.stack([tf.constant(self._seed, tf.uint32), tf.cast(epoch, tf.uint32)])
        last = tf.constant(plan.examples - 1, tf.int64)
        rows = tf.random.experimental.index_shuffle(positions, seed, last)
        rows %= len(self._arrays[0])  # an epoch may repeat the examples
        return tuple(tf.gather(array, rows) for array in self._arrays)
