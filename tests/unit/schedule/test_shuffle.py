"""The order of the examples, beside TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from core.schedule.shuffle import shuffled_rows


@pytest.mark.parametrize(
    ("examples", "seed", "epoch"),
    [(1, 0, 0), (2, 3, 1), (30, 0, 0), (900, 2**31 - 1, 7), (65_536, 5, 3), (65_537, 1, 2), (70_000, 9, 150)],
)
def test_the_rows_come_in_tensorflows_order(examples: int, seed: int, epoch: int) -> None:
    places = tf.range(examples, dtype=tf.int64)
    drawn = tf.stack([tf.constant(seed, tf.uint32), tf.constant(epoch, tf.uint32)])
    theirs = tf.random.experimental.index_shuffle(places, drawn, tf.constant(examples - 1, tf.int64))
    np.testing.assert_array_equal(shuffled_rows(examples, seed, epoch), theirs)
