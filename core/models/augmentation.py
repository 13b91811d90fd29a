"""Random augmentation of training images."""

from __future__ import annotations

import keras
import tensorflow as tf


class Augmentation(keras.layers.Layer):
    """Augments images at random on each call.

    Args:
        layers: Model of the augmentation layers: uint8 in, float 0 to 255 out.
    """

    def __init__(self, layers: keras.Model) -> None:
        super().__init__(dtype="float32", autocast=False)
        self._layers_of_it = layers
        # In a graph, as in training: some Keras layers reject uint8 in eager mode.
        self._change = tf.function(lambda images: layers(images, training=True))

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Augment images; input and output are uint8 (n, h, w, c)."""
        changed = tf.cast(self._change(images), tf.float32)
        return tf.cast(tf.clip_by_value(tf.round(changed), 0, 255), tf.uint8)
