"""Let a network write on from a prompt, one token after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError

LOGITS = "logits"
COLDEST, HOTTEST = 0.05, 5.0  # temperatures
MOST = 5_000  # tokens in one answer
# What these make of a step depends on that step alone, and on a state that is passed on.
RECURRENT = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)
STEPWISE = (keras.layers.Embedding, keras.layers.Dense, keras.layers.Dropout, keras.layers.LayerNormalization)


class Write:
    """Draws the next token from the network's shares, again and again.

    A recurrent network goes on from its state; another one reads the last tokens, as many as it takes, each time.

    Args:
        network: A network with an answer at every step, whose logits are a layer.

    Raises:
        ProbeError: It has no such answers.
    """

    def __init__(self, network: keras.Model) -> None:
        names = [layer.name for layer in network.layers]
        if LOGITS not in names or len(network.output_shape) != 3:
            raise ProbeError("this network does not write", expected="one that learned to say the next character")
        self._length = network.input_shape[1]
        self._layers = network.layers[1 : names.index(LOGITS) + 1]
        self._read = keras.Model(network.input, network.get_layer(LOGITS).output)
        goes_on = all(isinstance(layer, RECURRENT + STEPWISE) for layer in self._layers)
        text, number = tf.TensorSpec((None,), tf.int32), tf.TensorSpec((), tf.int32)
        signature = [text, number, tf.TensorSpec((), tf.float32), tf.TensorSpec((), tf.int32)]
        way: Callable[..., tf.Tensor] = self._from_state if goes_on else self._from_window
        self._write = tf.function(way, input_signature=signature, autograph=False)

    def __call__(self, prompt: np.ndarray, *, count: int, temperature: float, seed: int) -> dict[str, np.ndarray]:
        """Write on.

        Args:
            prompt: Tokens to go on from, int32 (n,); those before the last ones that it can take count for nothing.
            count: Tokens to write, 1 to 5,000.
            temperature: What logits are divided by, 0.05 to 5: low is likely and dull, high is bold and wrong.
            seed: Seed of the draws.

        Returns:
            `tokens`, int32 (count,).

        Raises:
            ProbeError: A number is out of range.
        """
        if not 1 <= count <= MOST:
            raise ProbeError("this many characters cannot be written", expected=f"1 to {MOST:,}", received=str(count))
        if not COLDEST <= temperature <= HOTTEST:
            expected = f"{COLDEST:g} to {HOTTEST:g}"
            raise ProbeError("this temperature is out of range", expected=expected, received=f"{temperature:g}")
        given = np.asarray(prompt, np.int32).ravel()
        given = given[given != 0][-self._length :]
        if not len(given):
            given = np.zeros(1, np.int32)
        numbers = tf.constant(count), tf.constant(temperature, tf.float32), tf.constant(seed % 2**31)
        return {"tokens": self._write(tf.constant(given), *numbers).numpy()}

    def _from_state(self, prompt: tf.Tensor, count: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Step through prompt and text with one state; what is said while the prompt is read is replaced by it."""
        size = tf.size(prompt)
        zeros = [
            [tf.zeros((1, units)) for units in tf.nest.flatten(layer.cell.state_size)]
            for layer in self._layers
            if isinstance(layer, RECURRENT)
        ]

        def step(place: tf.Tensor, token: tf.Tensor, states: list[list[tf.Tensor]], text: tf.TensorArray) -> Any:
            logits, after = self._step(token, states)
            drawn = _draw(logits, temperature, seed, place)
            following = tf.cond(place + 1 < size, lambda: prompt[tf.minimum(place + 1, size - 1)], lambda: drawn)
            return place + 1, following, after, text.write(place, following)

        text = tf.TensorArray(tf.int32, size + count)
        begin = tf.constant(0), prompt[0], zeros, text
        *_, text = tf.while_loop(lambda place, *rest: place < size + count - 1, step, begin)
        return text.stack()[size - 1 : -1]

    def _step(self, token: tf.Tensor, states: list[list[tf.Tensor]]) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Return the logits after one more token, and the states."""
        x, before, after = token[None, None], iter(states), []
        for layer in self._layers:
            if isinstance(layer, RECURRENT):
                out, state = layer.cell(x[:, 0], next(before), training=False)
                x = out[:, None]
                after.append(list(state))
            else:
                x = layer(x, training=False)
        return tf.cast(x[0, 0], tf.float32), after

    def _from_window(self, prompt: tf.Tensor, count: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Read the last tokens anew for each one that is written; what is missing before them is empty."""
        text = tf.concat([tf.zeros(tf.maximum(self._length - tf.size(prompt), 0), tf.int32), prompt], 0)
        text = tf.concat([text[-self._length :], tf.zeros(count, tf.int32)], 0)

        def step(place: tf.Tensor, text: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            logits = self._read(text[None, place : place + self._length], training=False)[0, -1]
            drawn = _draw(tf.cast(logits, tf.float32), temperature, seed, place)
            return place + 1, tf.tensor_scatter_nd_update(text, [[place + self._length]], [drawn])

        _, text = tf.while_loop(lambda place, text: place < count, step, (tf.constant(0), text))
        return text[self._length :]


def _draw(logits: tf.Tensor, temperature: tf.Tensor, seed: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """Draw a token; never the first, which stands for what is not in the vocabulary."""
    allowed = logits / temperature - tf.one_hot(0, tf.size(logits), 1e9)
    return tf.random.stateless_categorical(allowed[None], 1, tf.stack([seed, place]), tf.int32)[0, 0]
