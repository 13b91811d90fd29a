"""Build the Keras optimiser of a config."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.families.supervised.config import SupervisedConfig
from core.schedule.optimizers import describe_optimizer, is_constant
from core.schedule.rates import learning_rates


class Table(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate schedule from a table with one rate per update.

    Args:
        rates: float32 (steps,).
    """

    def __init__(self, rates: np.ndarray) -> None:
        super().__init__()
        self.first = 0  # updates before those that the optimiser counts
        self._rates = tf.Variable(rates, trainable=False)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the rate of update `step` + 1."""
        place = tf.cast(step, tf.int32) + self.first
        return tf.gather(self._rates, tf.minimum(place, self._rates.shape[0] - 1))

    def steer(self, rates: np.ndarray) -> None:
        """Look rates up in another table of the same length."""
        self._rates.assign(rates)

    def get_config(self) -> dict[str, object]:
        """Return the rates; they are never loaded, as models are saved without their optimiser."""
        return {"rates": self._rates.numpy().tolist()}


class Adam(keras.optimizers.Adam):
    """Keras' Adam with one operation per variable, which halves its cost on a CPU.

    Source: Kingma and Ba, Adam, 2015, in the form of the last paragraph of section 2, as in Keras.
    """

    def _backend_update_step(self, grads: Sequence[tf.Tensor], variables: Sequence[Any], rate: tf.Tensor) -> None:
        """Update all variables; what all of them share is computed once, as it costs as much as an update."""
        step = tf.cast(self.iterations + 1, tf.float32)
        self._beta_powers = tf.pow(self.beta_1, step), tf.pow(self.beta_2, step)
        super()._backend_update_step(grads, variables, tf.cast(rate, tf.float32))

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Update one variable and its moments."""
        if isinstance(gradient, tf.IndexedSlices):  # Keras squares the rows of an embedding before it adds equal ones
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=self._beta_powers[0],
            beta2_power=self._beta_powers[1],
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def build_optimizer(config: SupervisedConfig, steps: int) -> keras.optimizers.Optimizer:
    """Build the optimiser of a config.

    Args:
        config: Settings of the run.
        steps: Updates in the whole run.
    """
    described, rate = describe_optimizer(config), config.learning_rate
    if not is_constant(config):
        rate = Table(learning_rates(config.schedule, config.learning_rate, steps, config.warmup))
    kind = Adam if described.keras_class == "Adam" else getattr(keras.optimizers, described.keras_class)
    optimizer: keras.optimizers.Optimizer = kind(learning_rate=rate, **described.kwargs)
    if optimizer.weight_decay is not None:
        _set_decay(optimizer, float(optimizer.weight_decay))
    return optimizer


def steer_optimizer(optimizer: keras.optimizers.Optimizer, config: SupervisedConfig, steps: int) -> bool:
    """Let an optimiser have the rate and the decay of these settings from the next update on.

    Args:
        optimizer: From `build_optimizer`, of settings that differ in those two at most.
        config: The settings.
        steps: Updates in the whole run.

    Returns:
        Whether its updates must be traced anew: it had no decay before.
    """
    if is_constant(config):
        optimizer.learning_rate = config.learning_rate
    else:
        table = optimizer._learning_rate  # a property would give the rate of this moment
        table.steer(learning_rates(config.schedule, config.learning_rate, steps, config.warmup))
    if isinstance(optimizer.weight_decay, tf.Variable):
        optimizer.weight_decay.assign(config.weight_decay)
        return False
    if config.weight_decay:
        _set_decay(optimizer, config.weight_decay)
    return bool(config.weight_decay)


def _set_decay(optimizer: keras.optimizers.Optimizer, decay: float) -> None:
    """Make the decay a variable of the graph; Muon has one of the same value for what its steps are not for."""
    optimizer.weight_decay = tf.Variable(decay, trainable=False, dtype=tf.float32)
    if hasattr(optimizer, "adam_weight_decay"):
        optimizer.adam_weight_decay = optimizer.weight_decay
