"""A network cut where reading ends: characters as embeddings, numbers as they are scaled."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.explain.attribution.logits import SQUASHES
from core.explain.memory.reading import into

READS = (
    keras.layers.InputLayer,
    keras.layers.Embedding,
    keras.layers.Rescaling,
    keras.layers.Normalization,
    keras.layers.Reshape,
)


class Cut:
    """The two halves of a network.

    Args:
        network: A functional model with one input.
    """

    def __init__(self, network: keras.Model) -> None:
        given, last = network.inputs[0], network.layers[-1]
        reading = [layer for layer in network.layers if isinstance(layer, READS)]
        first = next((layer for layer in network.layers if not isinstance(layer, READS)), last)
        kept = [layer for layer in reading if network.layers.index(layer) < network.layers.index(first)]
        self.read_tensor = kept[-1].output
        self.embedding = next((one for one in kept if isinstance(one, keras.layers.Embedding)), None)
        self.front = keras.Function(given, self.read_tensor)
        self.is_shares = getattr(last, "activation", None) in SQUASHES
        self.skips = bool(getattr(self.embedding, "mask_zero", False))
        self._after = network.layers[network.layers.index(first) : None if not self.is_shares else -1]
        end = into(last) if self.is_shares else network.output
        self._rest = None if self.skips else keras.Function(self.read_tensor, end)
        self.says_every_step = len(network.output_shape) == 3
        self._dtype = given.dtype
        # With lengths left open: a function insists on the one that the network was built for.
        self.signature = tf.TensorSpec((None, None, *self.read_tensor.shape[2:]), tf.float32)
        whole = [tf.TensorSpec((None, None, *given.shape[2:]), given.dtype)]
        self._read = tf.function(lambda x: self.front(x), input_signature=whole, autograph=False)

    def read(self, examples: np.ndarray) -> np.ndarray:
        """Return what comes out of the reading layers, float32 (n, steps, numbers)."""
        return np.asarray(tf.cast(self._read(tf.constant(examples, self._dtype)), tf.float32))

    def is_read(self, examples: np.ndarray) -> np.ndarray:
        """Return which steps the layers see, bool (n, steps)."""
        return examples != 0 if self.skips else np.ones(examples.shape[:2], bool)

    def answer(self, read: tf.Tensor, is_read: tf.Tensor) -> tf.Tensor:
        """Return what the rest of the network makes of what was read, in a compiled function: logits, or a number."""
        if self._rest is not None:
            return tf.cast(self._rest(read), tf.float32)
        read._keras_mask = is_read  # as Keras passes it on, from layer to layer, from an embedding
        for layer in self._after:
            read = layer(read)
        return tf.cast(read, tf.float32)

    def nothing(self, read: np.ndarray) -> np.ndarray:
        """Return what stands for nothing: the embedding of the empty sign, or the average number, at every step."""
        if self.embedding is None:
            return np.zeros_like(read)
        table = np.asarray(self.embedding.embeddings, np.float32)
        return np.broadcast_to(table[0], read.shape).copy()
