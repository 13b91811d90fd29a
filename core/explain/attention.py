"""What attention computes for one example, in stages and head by head: product, mask, softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError

HIDDEN = -np.inf  # the score of what a mask hides


class Attention:
    """Reads the scores of every layer that attends.

    Args:
        network: A network with self-attention, or with a decoder that attends.

    Raises:
        ProbeError: None of its layers attends.
    """

    def __init__(self, network: keras.Model) -> None:
        self._layers: list[keras.Layer] = [layer for layer in network.layers if _score_of(layer)]
        if not self._layers:
            raise ProbeError("this network has no attention", expected="one with self-attention, or with a decoder")
        self._read = keras.Model(network.input, {layer.name: layer.input for layer in self._layers})

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Look at one example.

        Returns:
            For each layer that attends `<layer>/scores`, `<layer>/masked`, where a hidden step is minus infinity, and
            `<layer>/softmax`, float32 (heads, steps, steps read); without a mask the first two are equal.
        """
        found = dict[str, np.ndarray]()
        inputs = self._read(example[None], training=False)
        for layer in self._layers:
            name, (given, named) = layer.name, call_of(layer, inputs[layer.name])
            scores = np.asarray(_scores(layer, given)[0], np.float32)
            masked = np.where(_seen(scores.shape[1:], named), scores, np.float32(HIDDEN))
            shares = np.exp(masked - masked.max(-1, keepdims=True))
            shares /= shares.sum(-1, keepdims=True)
            found |= {f"{name}/scores": scores, f"{name}/masked": masked, f"{name}/softmax": shares}
        return found


def call_of(layer: keras.Layer, inputs: Sequence[tf.Tensor]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments with which a network calls a layer, given the tensors among them in their order."""
    arguments = layer._inbound_nodes[0].arguments
    tensors = zip(map(id, arguments.keras_tensors), inputs, strict=True)
    given: tuple[tuple[Any, ...], dict[str, Any]] = arguments.fill_in(dict(tensors))
    return given


def _scores(layer: keras.Layer, given: Sequence[Any]) -> tf.Tensor:
    """Return a layer's scores before mask and softmax, (batch, heads, steps, steps read)."""
    score = _score_of(layer)
    assert score is not None
    return score(layer, *(given[0] if len(given) == 1 else given))


def _seen(shape: tuple[int, ...], named: Mapping[str, Any]) -> np.ndarray:
    """Return which steps each step may attend to, bool (steps, steps read), for the first example."""
    seen = np.tri(shape[0], shape[1]) > 0 if named.get("use_causal_mask") else np.ones(shape, bool)
    mask = named.get("value_mask", (named.get("mask") or (None, None))[1])
    return seen if mask is None else seen & (np.asarray(mask[0]) != 0)


def _heads(layer: keras.Layer, query: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    q, k = layer.query_dense(query), layer.key_dense(value)
    return keras.ops.einsum("btnh,bsnh->bnts", q, k) / layer.key_dim**0.5


def _products(layer: keras.Layer, query: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
    return keras.ops.einsum("btc,bsc->bts", query, value)[:, None]


def _sums(layer: keras.Layer, query: tf.Tensor, value: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    joined = keras.ops.tanh(query[:, :, None] + key[:, None])
    return keras.ops.sum(keras.ops.convert_to_tensor(layer.scale) * joined, -1)[:, None]


_SCORES: dict[type[keras.Layer], Callable[..., tf.Tensor]] = {
    keras.layers.MultiHeadAttention: _heads,
    keras.layers.AdditiveAttention: _sums,  # before the class that it is derived from
    keras.layers.Attention: _products,
}


def _score_of(layer: keras.Layer) -> Callable[..., tf.Tensor] | None:
    return next((score for kind, score in _SCORES.items() if isinstance(layer, kind)), None)
