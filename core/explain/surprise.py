"""How surprised a network is at each character of a text."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.write import LIKELIEST, LOGITS


class Surprise:
    """Returns what a network gave each token of some pieces of text, before it saw it.

    Args:
        network: A network with an answer at every step, whose logits are a layer.

    Raises:
        ProbeError: It has no such answers.
    """

    def __init__(self, network: keras.Model) -> None:
        if LOGITS not in [layer.name for layer in network.layers] or len(network.output_shape) != 3:
            raise ProbeError("this network does not write", expected="one that learned to say the next character")
        self._read = keras.Model(network.input, network.get_layer(LOGITS).output)

    def __call__(self, pieces: np.ndarray, *, following: np.ndarray) -> dict[str, np.ndarray]:
        """Read pieces of a text, each from its beginning.

        Args:
            pieces: Tokens, int32 (n, length).
            following: The token after each of them, of the same shape.

        Returns:
            `nats`, -log p of each following token, float32 (n, length). `likeliest`, the tokens that it thought
            likeliest there, int32 (n, length, m), and their `shares`, float32.

        Raises:
            ProbeError: The tokens that follow are not as many.
        """
        if following.shape != pieces.shape:
            raise ProbeError(
                "each token needs the one after it", expected=str(pieces.shape), received=str(following.shape)
            )
        logits = tf.cast(self._read(pieces, training=False), tf.float32)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(following.astype(np.int32), logits)
        shares, likeliest = tf.math.top_k(tf.nn.softmax(logits), min(LIKELIEST, logits.shape[-1]))
        return {"nats": nats.numpy(), "likeliest": likeliest.numpy(), "shares": shares.numpy()}
