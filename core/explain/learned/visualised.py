"""The input that a unit answers to most, found by following its gradient."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.examined import examined
from core.explain.learned.inputs import inputs_of
from core.explain.learned.parts import Parts
from core.probe.patience import check_patience

STARTS = 4  # the best of so many is shown
SEARCHED = 200  # test examples that it begins from where the gradient of a random input is 0
RATE, MOST = 0.2, 1_000  # of Adam; updates
FADE = 0.998  # what is left of each wave after an update, so that what does not matter goes
JITTER = 0.1  # of the side, by which an image is moved before each update

Climb = Callable[..., tuple[tf.Tensor, tf.Tensor]]


class Visualised:
    """Makes the input that excites a unit, channel or class most.

    Gradient ascent with Adam; moving the image and fading its waves leave no patterns of single pixels.

    Source: Olah, Mordvintsev and Schubert 2017, Feature Visualization, Distill.

    Args:
        network: Any whose last layer answers.
        data: Its data; test examples are used only where random inputs have no gradient.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._parts, self._data, self._inputs = Parts(network), data, inputs_of(data.spec.features)
        self._climbs: dict[str, Climb] = {}

    def __call__(
        self, examples: np.ndarray, *, layer: str, unit: int, seed: int, updates: int
    ) -> dict[str, np.ndarray]:
        """Follow the gradient from random inputs.

        Args:
            examples: None are needed (0, ...).
            layer: Name of a stage; the classes are the units of the last one.
            unit: Index of the unit or channel.
            seed: Of the random inputs.
            updates: Number of steps, 1 to 1,000; 160 are enough for most networks.

        Returns:
            `made`, uint8 (h, w, c) or float32 (n,), and `value` float32 (), the unit's output for it, of a channel the
            mean of its map; `begin` float32 (), that of the input that it began as; `from_test` bool (), whether that
            was a test example, since the gradient of random inputs is 0.

        Raises:
            ProbeError: There is no such unit, or `updates` is out of range.
        """
        self._parts.check_unit(layer, unit)
        if not 1 <= updates <= MOST:
            expected, received = f"updates from 1 to {MOST}", f"{updates}"
            raise ProbeError("the number of updates is out of range", expected=expected, received=received)
        climb, rng = self._climb(layer), np.random.default_rng(seed)
        free, at = self._inputs.random(rng, STARTS), tf.constant(unit)
        is_flat = not np.any(climb(tf.constant(free), at, tf.zeros(2, tf.int32))[0])
        if is_flat:
            free = self._inputs.of(self._most_exciting(layer, unit))
        begin = self._values(layer, self._inputs.examples(tf.constant(free)))[:, unit]
        made = self._inputs.examples(self._climbed(climb, free, at, rng, updates))
        values = self._values(layer, made)[:, unit]
        best = int(values.argmax())
        found = {"made": made[best], "value": values[best], "begin": begin[best]}
        return {**found, "from_test": np.array(is_flat)}

    def _climbed(
        self, climb: Climb, free: np.ndarray, unit: tf.Tensor, rng: np.random.Generator, updates: int
    ) -> tf.Tensor:
        """Take all updates; Adam with its usual numbers (Kingma and Ba 2015)."""
        most = max(1, round(JITTER * min(self._data.spec.input_shape[:2])))
        now, mean, square = tf.constant(free), tf.zeros_like(free), tf.zeros_like(free)
        for update in range(1, updates + 1):
            check_patience()
            moved = tf.constant(rng.integers(-most, most + 1, 2), tf.int32)
            slope, _ = climb(now, unit, moved)
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            size = tf.sqrt(square / (1 - 0.999**update)) + 1e-8
            now = FADE * now + RATE * mean / (1 - 0.9**update) / size
        return now

    def _climb(self, layer: str) -> Climb:
        """Return (free numbers, unit, pixels down and right) -> (gradient, outputs), compiled once for each layer."""
        if layer not in self._climbs:
            body = keras.Model(self._parts.start, self._parts.at(layer))
            white, is_image = self._parts.white, self._data.spec.is_image

            def climb(free: tf.Tensor, unit: tf.Tensor, moved: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
                with tf.GradientTape() as tape:
                    tape.watch(free)
                    inputs = white * self._inputs.scaled(free)
                    seen = tf.roll(inputs, moved, [1, 2]) if is_image else inputs
                    values = _means(body(seen, training=False))[:, unit]
                    total = tf.reduce_sum(values)
                return tape.gradient(total, free), values

            self._climbs[layer] = tf.function(climb, autograph=False, reduce_retracing=True)
        return self._climbs[layer]

    def _values(self, layer: str, examples: np.ndarray) -> np.ndarray:
        outputs = self._parts.read(layer, examples)[0]
        means: np.ndarray = _means(tf.constant(outputs)).numpy()
        return means

    def _most_exciting(self, layer: str, unit: int) -> np.ndarray:
        rows = examined(self._data, SEARCHED)
        best = np.argsort(-self._values(layer, rows.x)[:, unit], kind="stable")[:STARTS]
        return rows.x[np.resize(best, STARTS)]


def _means(outputs: tf.Tensor) -> tf.Tensor:
    """Return the mean of each map, from (n, h, w, channels) or (n, units)."""
    return tf.reduce_mean(outputs, list(range(1, len(outputs.shape) - 1)))
