"""The model whose `train_step` makes one update, with a ring buffer of metrics."""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import keras
import numpy as np
import tensorflow as tf

from core.config import Config
from core.figures.network.frame import Frame
from core.schedule.plan import Plan
from core.training.batches import Batches

if TYPE_CHECKING:
    from core.datasets.spec import DataSpec
    from core.jobs.work import Work

RING = 128  # updates stored; an execution must not be longer
EXECUTION_S = 0.25  # target duration of one execution of several updates, so that pages and Stop respond quickly
FORWARD_PASSES = 4  # timed; the fastest counts, as other processes may disturb


class Trainee(keras.Model):
    """A model in training; one subclass per kind of training.

    Keras' logs are running means per execution; the ring keeps each update's own numbers.

    Args:
        remembers: Names of the numbers passed to `remember`, in this order.
    """

    SAVES_EPOCHS: ClassVar[bool] = True  # whether to save a snapshot after each epoch
    STEP_COST: ClassVar[float] = 3.0  # duration of an update, in calls of `first_numbers`

    config: Config
    data_spec: DataSpec
    plan: Plan
    batches: Batches
    networks: Mapping[str, keras.Model]  # saved networks by id; the first is the main one
    best_metric: str = ""  # validation metric whose maximum marks the best snapshot; empty if none

    def __init__(self, remembers: Sequence[str]) -> None:
        super().__init__(name="trainee")
        self._remembers = tuple(remembers)
        shape = (RING, len(self._remembers))
        self.ring = self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name="ring")
        self.built = True
        self._update_s = math.inf
        self._first = 0  # updates before those that the optimiser counts
        self._trace()

    def _trace(self) -> None:
        """Let the updates be traced at the next execution."""
        bounds = [tf.TensorSpec((), tf.int64)] * 2
        self._updates_between = tf.function(self._loop, input_signature=bounds, autograph=False)

    def advance(self, first: int, last: int) -> None:
        """Make the updates after `first`, up to `last`: one execution, of at most `RING` updates.

        All of it is one graph, with the gathering of the batches: in a small network whatever leaves the graph
        between two updates costs several times what the update does.
        """
        began = time.perf_counter()
        updates = self._loop if self.run_eagerly else self._updates_between
        updates(tf.constant(first, tf.int64), tf.constant(last, tf.int64))
        self.updates.numpy()  # a GPU has only been told what to do until then
        self._update_s = min(self._update_s, (time.perf_counter() - began) / (last - first))

    def steps_at_once(self) -> int:
        """Return the number of updates in the next execution, from the fastest update or forward pass so far."""
        if self._update_s == math.inf:
            times = []
            for _ in range(FORWARD_PASSES):
                began = time.perf_counter()
                self.first_numbers()
                times.append(time.perf_counter() - began)
            self._update_s = self.STEP_COST * min(times)
        return int(np.clip(EXECUTION_S / self._update_s, 1, RING))

    def _loop(self, first: tf.Tensor, last: tf.Tensor) -> None:
        def update(step: tf.Tensor) -> tuple[tf.Tensor]:
            self.train_step(self.batches.batch(step))
            return (step + 1,)

        tf.while_loop(lambda step: step < last, update, (first,), parallel_iterations=1)

    def remember(self, *values: tf.Tensor) -> None:
        """Store the numbers of the update just applied."""
        row = (self.updates + (self._first - 1)) % RING
        numbers = tf.stack([tf.cast(value, tf.float32) for value in values])
        tf.raw_ops.ResourceScatterUpdate(resource=self.ring.value.handle, indices=row, updates=numbers)

    def remembered(self, first: int, last: int) -> list[dict[str, float]]:
        """Return the numbers of updates `first` to `last`, 1-based and inclusive."""
        ring = self.ring.numpy()
        rows = (ring[(step - 1) % RING].tolist() for step in range(first, last + 1))
        return [dict(zip(self._remembers, row, strict=True)) for row in rows]

    @property
    def network(self) -> keras.Model:
        """The main network of the run."""
        return next(iter(self.networks.values()))

    @property
    def optimizers(self) -> Sequence[keras.optimizers.Optimizer]:
        """All optimisers in use."""
        return [self.optimizer]

    @property
    def updates(self) -> keras.Variable:
        """Number of updates applied."""
        return self.optimizer.iterations

    def count_from(self, step: int) -> None:
        """Count updates on from `step`, whatever the optimisers have counted; call it before the first update."""
        self._first = step - int(self.updates.numpy())

    def steer(self, config: Any) -> None:
        """Let these settings hold from the next update on; only those of `dials_of` may differ from the run's own."""
        raise NotImplementedError

    def holders(self, name: str) -> Sequence[keras.Model]:
        """Return the networks that hold the weights of a saved network: itself, and what it is an average of."""
        return [self.networks[name]]

    def start_from_saved(self) -> None:
        """Take over the weights of the saved networks, which were just set, into those that are trained."""

    @abstractmethod
    def first_numbers(self) -> dict[str, float]:
        """Return the untrained network's metrics on the first batch."""

    def levels(self) -> dict[str, float]:
        """Return what simple methods reach, to be drawn beside the curves; measured once, before the first step."""
        return {}

    def validate(self) -> dict[str, float]:
        """Return metrics named `val_...`, measured at the end of each epoch."""
        return {}

    def is_snapshot_due(self, before: int, after: int) -> bool:
        """Return whether an additional snapshot is due in (before, after]."""
        return False

    def snapshot_metrics(self) -> dict[str, float]:
        """Return metrics named `val_...`, measured at each snapshot."""
        return {}

    def frame(self) -> Frame | None:
        """Return what the network makes of the sample, for those who watch it learn; None if that is not shown."""
        return None

    def shown(self) -> Mapping[str, np.ndarray] | None:
        """Return what pages that watch are sent: a frame, as arrays."""
        frame = self.frame()
        return None if frame is None else frame.to_arrays()

    @abstractmethod
    def views(self) -> dict[str, np.ndarray]:
        """Return the arrays for the family's views."""

    @abstractmethod
    def finish(self, work: Work) -> dict[str, object]:
        """Save and measure the trained networks.

        Returns:
            Entries for the run's summary.
        """
