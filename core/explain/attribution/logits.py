"""A network before its last softmax, for float inputs that gradients reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.probe.patience import check_patience

ANSWER = -1  # target: the class that the network answers
AT_ONCE = 64  # examples in one pass, which bounds the memory
EAGER_CALLS = 8  # compiling takes about as long as so many calls
WITH_GRADIENT = 3  # cost of a gradient, in forward passes
BUDGET = 2e10  # multiply-adds of all passes of one question: a few seconds
SQUASHES = (keras.activations.softmax, keras.activations.sigmoid)


class Logits:
    """Computes logits and their gradients by the input.

    A probability near 0 or 1 hardly moves, and so has hardly a gradient; logits do not saturate. A network that answers
    with a number has no such layer: its logit is the number. `keras.Function`, unlike a model, does not convert its
    input to the declared uint8, which would stop gradients.

    Args:
        network: A functional model with one input and one output.
    """

    def __init__(self, network: keras.Model) -> None:
        last = network.layers[-1]
        is_softmax = isinstance(last, keras.layers.Softmax)
        squash = keras.activations.softmax if is_softmax else getattr(last, "activation", None)
        self._squash: Callable[[tf.Tensor], tf.Tensor] = squash if squash in SQUASHES else keras.activations.linear
        self._dense = last if squash in SQUASHES and isinstance(last, keras.layers.Dense) else None
        self._body = keras.Function(network.inputs[0], last.input if squash in SQUASHES else network.outputs[0])
        self._cost, self.count = _multiply_adds(network), int(network.output_shape[-1])
        shape = network.input_shape[1:]
        signature = [tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None, self.count), tf.float32)]
        self._forward = _Often(self.forward, signature[:1])
        self._backward = _Often(self._gradients, signature)

    def forward(self, examples: tf.Tensor) -> tf.Tensor:
        """Return logits (n, answers) of float examples (n, ...)."""
        out = self._body(examples)
        if self._dense is not None:  # a Dense layer that contains its softmax
            out = tf.matmul(out, self._dense.kernel)
            out = out if self._dense.bias is None else out + self._dense.bias
        return tf.cast(out, tf.float32)

    def __call__(self, examples: np.ndarray) -> np.ndarray:
        """Return logits float32 (n, answers) of examples (n, ...)."""
        parts = [
            self._forward(tf.constant(examples[i : i + AT_ONCE], tf.float32)) for i in range(0, len(examples), AT_ONCE)
        ]
        return np.concatenate(parts)

    def gradients(self, examples: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits, and gradients of their weighted sums by the input.

        Args:
            examples: (n, ...).
            weights: Of the logits, (answers,) for all examples or (n, answers); one-hot for a single class.

        Returns:
            float32 (n, answers) and (n, ...).
        """
        weights = np.broadcast_to(weights, (len(examples), self.count))
        cuts = [slice(start, start + AT_ONCE) for start in range(0, len(examples), AT_ONCE)]
        parts = [(tf.constant(examples[cut], tf.float32), tf.constant(weights[cut], tf.float32)) for cut in cuts]
        found = [self._backward(*part) for part in parts]
        logits, gradients = (np.concatenate(each) for each in zip(*found, strict=True))
        return logits, gradients

    def answers(self, logits: np.ndarray) -> np.ndarray:
        """Return the network's answers, such as probabilities, from logits (n, answers)."""
        return np.asarray(self._squash(tf.constant(logits, tf.float32)), np.float32)

    def target(self, logits: np.ndarray, target: int) -> int:
        """Return the class to explain, from the logits of the example (answers,).

        Raises:
            ProbeError: There is no such class.
        """
        if not ANSWER <= target < self.count:
            raise ProbeError(
                f"this network has no answer {target}", expected=f"0 to {self.count - 1}, or {ANSWER} for its own"
            )
        return int(logits.argmax()) if target == ANSWER else target

    def one_hot(self, target: int) -> np.ndarray:
        """Return weights that pick one logit, float32 (answers,)."""
        weights = np.zeros(self.count, np.float32)
        weights[target] = 1
        return weights

    def affordable(self, most: int, passes: float = 1, least: int = 16) -> int:
        """Return how many rounds, `least` to `most`, take a few seconds.

        Args:
            most, least: Limits.
            passes: Cost of one round, in forward passes; a gradient costs about `WITH_GRADIENT`.
        """
        return int(min(most, max(least, BUDGET / (passes * self._cost))))

    def _gradients(self, examples: tf.Tensor, weights: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(examples)
            logits = self.forward(examples)
            chosen = tf.reduce_sum(logits * weights)
        return logits, tape.gradient(chosen, examples, unconnected_gradients="zero")


class _Often:
    """A function that is compiled once it has been called often."""

    def __init__(self, function: Callable[..., Any], signature: list[tf.TensorSpec]) -> None:
        self._calls, self._eager = 0, function
        self._compiled = tf.function(function, input_signature=signature, autograph=False)

    def __call__(self, *given: tf.Tensor) -> Any:
        check_patience()
        self._calls += 1
        return (self._compiled if self._calls > EAGER_CALLS else self._eager)(*given)


_KEPT: WeakKeyDictionary[keras.Model, Logits] = WeakKeyDictionary()


def logits_of(network: keras.Model) -> Logits:
    """Return the `Logits` of a network; all methods share them, so that they are compiled once."""
    if network not in _KEPT:
        _KEPT[network] = Logits(network)
    return _KEPT[network]


def all_layers(network: keras.Model) -> Iterator[keras.Layer]:
    """Yield the layers of a network and of the networks inside it, first to last."""
    for layer in network.layers:
        yield from all_layers(layer) if isinstance(layer, keras.Model) else [layer]


def _multiply_adds(network: keras.Model) -> float:
    """Return about how many multiply-adds one example takes."""
    layers = [layer for layer in all_layers(network) if hasattr(layer, "kernel")]
    return float(sum(math.prod(layer.kernel.shape) * _places(layer) for layer in layers)) or 1.0


def _places(layer: keras.Layer) -> int:
    shape = layer.output.shape
    return math.prod(shape[1:3]) if len(shape) == 4 else 1
