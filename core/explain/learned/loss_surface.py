"""The loss over a plane through a network's weights."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.datasets.targets import Classes, Number
from core.errors import ProbeError
from core.models.network import given_variables
from core.schedule.split import evenly_spread
from core.training.losses import OF_CLASSES, OF_NUMBER

LEAST = 1e-37  # lower bound of probabilities in logarithms
MOST_SIDE = 41


class LossSurface:
    """Measures the mean loss with other weights, without changing the network's own.

    Args:
        network: Any that predicts classes or a number.
        data: Its data; training examples with the labels as they are there.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._network, self._data = network, data
        given = {id(variable) for variable in given_variables(network)}
        self._own = [weight for weight in network.weights if id(weight) not in given]  # as a snapshot lists them
        self._sizes = [int(np.prod(weight.shape)) for weight in self._own]

    def __call__(
        self,
        examples: np.ndarray,
        *,
        centre: np.ndarray,
        along: np.ndarray,
        reach: np.ndarray,
        side: int,
        count: int,
        loss: str,
    ) -> dict[str, np.ndarray]:
        """Measure the loss at a grid of places in a plane.

        Args:
            examples: None are needed (0, ...).
            centre: All weights at the plane's middle, (weights,), in the order of a snapshot.
            along: Its two directions, (2, weights).
            reach: Low and high of each direction, (2, 2).
            side: Places along each, 2 to 41.
            count: Training examples to measure on.
            loss: One of the losses by target.

        Returns:
            `losses` float64 (side, side), the first axis along the second direction from low to high; `examined`
            int64 ().

        Raises:
            ProbeError: The weights do not fit, there is no such loss, or the grid has the wrong size.
        """
        target = self._data.spec.target
        known = OF_CLASSES if isinstance(target, Classes) else OF_NUMBER if isinstance(target, Number) else {}
        if loss not in known or not 2 <= side <= MOST_SIDE or count < 1:
            expected = f"one of {', '.join(known) or 'none'}, a side of 2 to {MOST_SIDE}, and examples"
            raise ProbeError("this surface cannot be measured", expected=expected, received=f"{loss}, {side}, {count}")
        size = sum(self._sizes)
        if centre.shape != (size,) or along.shape != (2, size) or reach.shape != (2, 2):
            raise ProbeError(
                "the plane does not fit the network", expected=f"{size} weights", received=f"{centre.shape}"
            )
        rows = evenly_spread(np.arange(len(self._data.y_train)), count)
        x, y = tf.constant(np.array(self._data.x_train[rows])), np.array(self._data.y_train[rows])

        def mean_loss(weights: tf.Tensor) -> tf.Tensor:
            answers = tf.cast(self._answers(weights, x), tf.float32)
            if isinstance(target, Number):
                return tf.reduce_mean(OF_NUMBER[loss]((tf.constant(y, tf.float32) - answers[:, 0]) / target.spread))
            logits = tf.math.log(tf.maximum(answers, LEAST))
            return tf.reduce_mean(OF_CLASSES[loss](tf.constant(y, tf.int32), logits))

        measure = tf.function(mean_loss, input_signature=[tf.TensorSpec((size,), tf.float32)], autograph=False)
        across, up = (np.linspace(low, high, side) for low, high in reach)
        places = (centre + a * along[0] + b * along[1] for b in up for a in across)
        losses = [float(measure(tf.constant(place, tf.float32))) for place in places]
        return {"losses": np.reshape(losses, (side, side)), "examined": np.array(len(rows))}

    def _answers(self, weights: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """Return the answers of the network with these weights."""
        parts = tf.split(weights, self._sizes)
        values = {id(own): tf.reshape(part, own.shape) for own, part in zip(self._own, parts, strict=True)}
        trainable, fixed = (
            [values.get(id(variable), variable.value) for variable in variables]
            for variables in (self._network.trainable_variables, self._network.non_trainable_variables)
        )
        answers, _ = self._network.stateless_call(trainable, fixed, x, training=False)
        return answers
