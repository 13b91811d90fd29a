"""Images changed at random, as training sees them."""

from __future__ import annotations

import keras
import tensorflow as tf


class Augmentation(keras.layers.Layer):
    """Changes images at random at each call; what comes out are images again.

    Args:
        layers: Model of the layers that do it: uint8 in, float 0 to 255 out.
    """

    def __init__(self, layers: keras.Model) -> None:
        super().__init__(dtype="float32", autocast=False)
        self._layers_of_it = layers
        # In a graph, as in training: run eagerly, some of Keras' layers cannot take bytes.
        self._change = tf.function(lambda images: layers(images, training=True))

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Return changed images: uint8 (n, h, w, c), as what came in."""
        changed = tf.cast(self._change(images), tf.float32)
        return tf.cast(tf.clip_by_value(tf.round(changed), 0, 255), tf.uint8)
