"""From a config's words to a Keras optimiser."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.schedules import learning_rates


class Table(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate for each update, looked up.

    Args:
        rates: float32 (steps,).
    """

    def __init__(self, rates: np.ndarray) -> None:
        super().__init__()
        self._rates = tf.constant(rates)

    def __call__(self, step: Any) -> tf.Tensor:
        """Return the rate of update `step` + 1."""
        return tf.gather(self._rates, tf.minimum(tf.cast(step, tf.int32), len(self._rates) - 1))

    def get_config(self) -> dict[str, Any]:
        """Return the rates; models are saved without their optimiser, so nobody reads them back."""
        return {"rates": self._rates.numpy().tolist()}


def build_optimizer(config: Any, steps: int) -> keras.optimizers.Optimizer:
    """Build the optimiser that a config describes.

    Args:
        config: Has `optimizer`, `learning_rate`, `schedule`, `warmup`, `momentum`,
            `weight_decay` and `gradient_clip`.
        steps: Updates in the whole run.
    """
    options: dict[str, Any] = {"learning_rate": config.learning_rate}
    if config.schedule != "constant" or config.warmup:
        options["learning_rate"] = Table(learning_rates(config.schedule, config.learning_rate, steps, config.warmup))
    if config.optimizer in ("sgd", "rmsprop"):
        options["momentum"] = config.momentum
    if config.weight_decay or config.optimizer == "adamw":  # whose own default is not 0
        options["weight_decay"] = config.weight_decay
    if config.gradient_clip:
        options["global_clipnorm"] = config.gradient_clip
    return _CLASSES[config.optimizer](**options)


_CLASSES = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "rmsprop": keras.optimizers.RMSprop,
    "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta,
    "lion": keras.optimizers.Lion,
}
