"""The wrapper whose `train_step` does one update, and the ring that remembers its numbers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from core.layers import LayerSpec
from core.plan import Plan
from core.training.batches import Batches

RING = 128  # updates remembered; an execution may not be longer
MOST_RECALLED = 2000  # training examples measured at the end: within a point of the truth, and quick


@dataclass(frozen=True)
class TestResult:
    """A network measured on examples.

    Args:
        numbers: Metrics by name.
        outputs: What it answered, one row an example.
    """

    __test__ = False  # not a test case, whatever pytest thinks of its name

    numbers: dict[str, float]
    outputs: np.ndarray


class Trainee(keras.Model):
    """A model that is being trained: one subclass a kind of training.

    Keras' logs are running means, one an execution; the ring keeps each update's own numbers.
    """

    METRICS: ClassVar[tuple[str, ...]]  # what `remember` is given, in this order

    config: Any
    plan: Plan
    batches: Batches
    specs: Sequence[LayerSpec]

    def __init__(self) -> None:
        super().__init__(name="trainee")
        shape = (RING, len(self.METRICS))
        self.ring = self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name="ring")
        self.built = True

    def remember(self, *values: tf.Tensor) -> None:
        """Note the numbers of the update that was just applied."""
        row = (self.optimizer.iterations - 1) % RING
        numbers = tf.stack([tf.cast(value, tf.float32) for value in values])
        self.ring.assign(tf.tensor_scatter_nd_update(self.ring.value, [[row]], [numbers]))

    def remembered(self, first: int, last: int) -> list[dict[str, float]]:
        """Return the numbers of updates `first` to `last`, 1-based, both included."""
        ring = self.ring.numpy()
        rows = (ring[(step - 1) % RING].tolist() for step in range(first, last + 1))
        return [dict(zip(self.METRICS, row, strict=True)) for row in rows]

    @property
    @abstractmethod
    def network(self) -> keras.Model:
        """The network that is trained and saved."""

    @abstractmethod
    def first_numbers(self) -> dict[str, float]:
        """Return the untrained network's metrics on the first batch."""

    @abstractmethod
    def validate(self) -> dict[str, float]:
        """Return metrics named `val_...` on the held-back training examples; {} without any."""

    @abstractmethod
    def views(self) -> dict[str, np.ndarray]:
        """Return the arrays that the family's views draw."""

    @abstractmethod
    def test(self, network: keras.Model) -> TestResult:
        """Measure a network on the test data; called when training is over."""

    @abstractmethod
    def recall(self, network: keras.Model) -> TestResult:
        """Measure a network on some of what it was trained with; called when training is over.

        Which examples these are depends on the data and on nothing else: at most `MOST_RECALLED`, with the targets
        that training used, and without augmentation.
        """
