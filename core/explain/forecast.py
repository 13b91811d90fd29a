"""Let a network forecast a series on from what is known, each forecast going into the next."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError

MOST = 5_000  # steps in one answer


class Forecast:
    """Forecasts step by step.

    Args:
        network: A network that reads windows (steps, columns) and says one number.

    Raises:
        ProbeError: It says something else.
    """

    def __init__(self, network: keras.Model) -> None:
        if len(network.input_shape) != 3 or tuple(network.output_shape[1:]) != (1,):
            raise ProbeError("this network does not forecast", expected="one that learned the next step of a series")
        self._network, (_, self._length, columns) = network, network.input_shape
        self._takes_logarithms = any(type(layer).__name__ == "Log" for layer in network.operations)
        known, number = tf.TensorSpec((None, columns), tf.float32), tf.TensorSpec((), tf.int32)
        self._run = tf.function(self._free, input_signature=[known, *[number] * 4], autograph=False)

    def __call__(
        self, window: np.ndarray, *, since: np.ndarray, count: int, place: int, back: int, horizon: int
    ) -> dict[str, np.ndarray]:
        """Forecast on.

        Args:
            window: The last steps that are known, float32 (steps, columns).
            since: The series up to there, float32 (n, columns), at least as long as a window, a period and a horizon.
            count: Steps to forecast, 1 to 5,000.
            place: The column that is forecast.
            back: Steps before, whose values the other columns are taken to have again.
            horizon: Steps from the last one of a window to the one that it forecasts.

        Returns:
            `free`, float32 (count,).

        Raises:
            ProbeError: A number is out of range, or has no logarithm.
        """
        if not 1 <= count <= MOST:
            raise ProbeError("this many steps cannot be forecast", expected=f"1 to {MOST:,}", received=str(count))
        if len(since) < max(self._length + horizon - 1, back):
            raise ProbeError("too little of the series is known", expected=f"at least {self._length + horizon - 1}")
        if self._takes_logarithms and not (since > 0).all():
            words = "this network forecasts growth, which is no share of values that are not above 0"
            raise ProbeError(words, expected="a series above 0", received=f"{since.min():g}")
        numbers = (tf.constant(value) for value in (count, place, back, horizon))
        return {"free": self._run(tf.constant(since, tf.float32), *numbers).numpy()}

    def _free(
        self, known: tf.Tensor, count: tf.Tensor, place: tf.Tensor, back: tf.Tensor, horizon: tf.Tensor
    ) -> tf.Tensor:
        size, columns = tf.shape(known)[0], known.shape[1]
        is_said = tf.one_hot(place, columns) > 0

        def step(now: tf.Tensor, series: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            end = now - horizon + 1
            said = self._network(series[None, end - self._length : end], training=False)[0]
            row = tf.where(is_said, tf.cast(said, tf.float32), series[now - back])
            return now + 1, tf.tensor_scatter_nd_update(series, [[now]], [row])

        series = tf.concat([known, tf.zeros((count, columns))], 0)
        _, series = tf.while_loop(lambda now, series: now < size + count, step, (size, series))
        return tf.gather(series[size:], place, axis=1)
