"""What attention computes for one example, in stages and head by head: product, mask, softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
            name, scores = layer.name, np.asarray(_scores(layer, inputs[layer.name])[0], np.float32)
            seen = np.tri(*scores.shape[1:]) > 0 if _is_causal(layer) else np.ones(scores.shape[1:], bool)
            masked = np.where(seen, scores, np.float32(HIDDEN))
            shares = np.exp(masked - masked.max(-1, keepdims=True))
            shares /= shares.sum(-1, keepdims=True)
            found |= {f"{name}/scores": scores, f"{name}/masked": masked, f"{name}/softmax": shares}
        return found


def _scores(layer: keras.Layer, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
    """Return a layer's scores before mask and softmax, (batch, heads, steps, steps read)."""
    score = _score_of(layer)
    assert score is not None
    return score(layer, *inputs)


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


def _is_causal(layer: keras.Layer) -> bool:
    return bool(layer._inbound_nodes[0].arguments.kwargs.get("use_causal_mask"))
