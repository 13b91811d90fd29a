"""Let a network write on from a prompt, one token after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError

LOGITS = "logits"
COLDEST, HOTTEST = 0.05, 5.0  # temperatures
MOST = 5_000  # tokens in one answer
LIKELIEST = 6  # tokens whose shares are told at each place
_NEVER = -1e9  # the logit of what must not be drawn
# What these make of a step depends on that step alone, and on a state that is passed on.
RECURRENT = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)
STEPWISE = (keras.layers.Embedding, keras.layers.Dense, keras.layers.Dropout, keras.layers.LayerNormalization)


class Draws(NamedTuple):
    """How a token is drawn, as arguments of `Write` or their tensors."""

    temperature: Any
    top_k: Any
    top_p: Any


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
        number, share = tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.float32)
        signature = [tf.TensorSpec((None,), tf.int32), number, number, Draws(share, number, share)]
        way: Callable[..., tuple[tf.Tensor, tf.Tensor]] = self._from_state if goes_on else self._from_window
        self._write = tf.function(way, input_signature=signature, autograph=False)

    def __call__(
        self,
        prompt: np.ndarray,
        *,
        count: int,
        temperature: float,
        seed: int,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> dict[str, np.ndarray]:
        """Write on.

        Args:
            prompt: Tokens to go on from, int32 (n,); those before the last ones that it can take count for nothing.
            count: Tokens to write, 1 to 5,000.
            temperature: What logits are divided by, 0.05 to 5: low is likely and dull, high is bold and wrong.
            seed: Seed of the draws.
            top_k: Only so many of the likeliest tokens may be drawn; 0: all.
            top_p: Only the fewest tokens whose shares together reach this may be drawn, 0 to 1; 1: all.

        Returns:
            `tokens`, int32 (count,). `likeliest`, int32 (count, n), the likeliest tokens at each place, and `shares`
            of them at this temperature before anything is cut off, float32 (count, n). `share` of the token drawn,
            `kept`, how many tokens could be drawn, and `cut`, the share of the others: float32, int32 and float32
            (count,).

        Raises:
            ProbeError: A number is out of range.
        """
        check_draws(count, temperature, top_k, top_p)
        given = np.asarray(prompt, np.int32).ravel()
        given = given[given != 0][-self._length :]
        if not len(given):
            given = np.zeros(1, np.int32)
        draws = Draws(tf.constant(temperature, tf.float32), tf.constant(top_k), tf.constant(top_p, tf.float32))
        tokens, logits = self._write(tf.constant(given), tf.constant(count), tf.constant(seed % 2**31), draws)
        return {"tokens": tokens.numpy(), **_told(tokens, logits, draws)}

    def _from_state(
        self, prompt: tf.Tensor, count: tf.Tensor, seed: tf.Tensor, draws: Draws
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Step through prompt and text with one state; what is said while the prompt is read is replaced by it."""
        size = tf.size(prompt)
        zeros = [
            [tf.zeros((1, units)) for units in tf.nest.flatten(layer.cell.state_size)]
            for layer in self._layers
            if isinstance(layer, RECURRENT)
        ]

        def step(place: tf.Tensor, token: tf.Tensor, states: list[list[tf.Tensor]], text: Any, said: Any) -> Any:
            logits, after = self._step(token, states)
            drawn = _draw(logits, draws, seed, place)
            following = tf.cond(place + 1 < size, lambda: prompt[tf.minimum(place + 1, size - 1)], lambda: drawn)
            return place + 1, following, after, text.write(place, following), said.write(place, logits)

        steps = size + count - 1
        kept = tf.TensorArray(tf.int32, steps), tf.TensorArray(tf.float32, steps)
        begin = tf.constant(0), prompt[0], zeros, *kept
        *_, text, said = tf.while_loop(lambda place, *rest: place < steps, step, begin)
        return text.stack()[size - 1 :], said.stack()[size - 1 :]

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

    def _from_window(
        self, prompt: tf.Tensor, count: tf.Tensor, seed: tf.Tensor, draws: Draws
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Read the last tokens anew for each one that is written; a short text begins where pieces in training do."""
        size = tf.size(prompt)
        text = tf.concat([prompt, tf.zeros(count + self._length, tf.int32)], 0)

        def step(place: tf.Tensor, text: tf.Tensor, said: Any) -> Any:
            first = tf.maximum(size + place - self._length, 0)
            read = self._read(text[None, first : first + self._length], training=False)
            logits = tf.cast(read[0, size + place - first - 1], tf.float32)
            drawn = _draw(logits, draws, seed, place)
            return place + 1, tf.tensor_scatter_nd_update(text, [[size + place]], [drawn]), said.write(place, logits)

        begin = tf.constant(0), text, tf.TensorArray(tf.float32, count)
        _, text, said = tf.while_loop(lambda place, *rest: place < count, step, begin)
        return text[size : size + count], said.stack()


def check_draws(count: int, temperature: float, top_k: int, top_p: float) -> None:
    """Check what a network is asked to write.

    Raises:
        ProbeError: A number is out of range.
    """
    if not 1 <= count <= MOST:
        raise ProbeError("this many characters cannot be written", expected=f"1 to {MOST:,}", received=str(count))
    if not COLDEST <= temperature <= HOTTEST:
        expected = f"{COLDEST:g} to {HOTTEST:g}"
        raise ProbeError("this temperature is out of range", expected=expected, received=f"{temperature:g}")
    if not 0 <= top_k <= MOST:
        expected = f"0 (all) to {MOST:,} characters"
        raise ProbeError("this top-k is out of range", expected=expected, received=str(top_k))
    if not 0 < top_p <= 1:
        raise ProbeError("this top-p is out of range", expected="above 0, to 1 (all)", received=f"{top_p:g}")


def _draw(logits: tf.Tensor, draws: Draws, seed: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """Draw a token from logits (tokens,)."""
    _, allowed = _allowed(logits[None], draws)
    return tf.random.stateless_categorical(allowed, 1, tf.stack([seed, place]), tf.int32)[0, 0]


def _allowed(logits: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
    """Return logits (n, tokens) at the temperature, and again without what is cut off.

    The first token stands for what is not in the vocabulary: it is never drawn. Equally likely ones stay together.
    """
    tokens = tf.shape(logits)[1]
    scaled = logits / draws.temperature + tf.one_hot(0, tokens, tf.constant(_NEVER))
    ordered, ranks = tf.sort(scaled, 1, "DESCENDING"), tf.range(tokens)
    most = tf.where(draws.top_k > 0, draws.top_k, tokens)
    shares = tf.nn.softmax(tf.where(ranks < most, ordered, _NEVER))
    is_kept = (ranks < most) & (tf.cumsum(shares, 1, exclusive=True) < draws.top_p)
    least = tf.reduce_min(tf.where(is_kept, ordered, -_NEVER), 1, keepdims=True)
    return scaled, tf.where(scaled >= least, scaled, _NEVER)


def _told(tokens: tf.Tensor, logits: tf.Tensor, draws: Draws) -> dict[str, np.ndarray]:
    """Return what is told of tokens (n,) drawn from logits (n, tokens)."""
    scaled, allowed = _allowed(logits, draws)
    shares, is_kept = tf.nn.softmax(scaled), allowed > _NEVER / 2
    values, likeliest = tf.math.top_k(shares, min(LIKELIEST, shares.shape[1]))
    return {
        "likeliest": likeliest.numpy(),
        "shares": values.numpy(),
        "share": tf.gather(shares, tokens, batch_dims=1).numpy(),
        "kept": tf.reduce_sum(tf.cast(is_kept, tf.int32), 1).numpy(),
        "cut": tf.reduce_sum(tf.where(is_kept, 0.0, shares), 1).numpy(),
    }
