"""Stock layers that train faster on a CPU: same weights and outputs, other operations."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

FEW = 4  # up to this many channels oneDNN's convolutions are slow
WIDEST = 5  # largest kernel whose phases have at most three taps


class FastBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalisation of maps in one operation instead of Keras 3's ten or so.

    Statistics and moving averages are as in Keras: variances are biased.

    Source: Ioffe and Szegedy, Batch normalization, 2015.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Normalise maps (n, height, width, channels); other ranks use Keras' code."""
        if len(inputs.shape) != 4:
            return super().call(inputs, training=training, mask=mask)
        learns = bool(training and self.trainable)
        normal, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma.value,
            offset=self.beta.value,
            mean=tf.zeros([0]) if learns else self.moving_mean.value,
            variance=tf.zeros([0]) if learns else self.moving_variance.value,
            epsilon=self.epsilon,
            is_training=learns,
        )
        if learns:
            values = tf.cast(tf.size(inputs) // inputs.shape[-1], tf.float32)
            for kept, seen in ((self.moving_mean, mean), (self.moving_variance, variance * (values - 1) / values)):
                apart = tf.stop_gradient(kept.value - seen)
                tf.raw_ops.ResourceApplyGradientDescent(var=kept.value.handle, alpha=1 - self.momentum, delta=apart)
        return normal


class FastConv2D(keras.layers.Conv2D):
    """A stride-2 convolution of few channels, computed with stride 1 on half-size maps."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Convolve maps (n, height, width, channels)."""
        if not _has_phases(self, inputs.shape[-1]) or any(side is None or side % 2 for side in inputs.shape[1:3]):
            return super().call(inputs)
        kernel = _phases(tf.cast(self.kernel, inputs.dtype))
        kernel = tf.reshape(tf.transpose(kernel, (0, 2, 1, 3, 4, 5)), (3, 3, 4 * inputs.shape[-1], self.filters))
        maps = tf.nn.conv2d(tf.nn.space_to_depth(inputs, 2), kernel, 1, "SAME")
        return self.activation(_with_bias(self, maps))


class FastConv2DTranspose(keras.layers.Conv2DTranspose):
    """A stride-2 transposed convolution to few channels, computed as a plain one to 4 times as many.

    Source: Shi et al., Real-time single image super-resolution using a sub-pixel CNN, 2016."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Double the height and width of maps (n, height, width, channels)."""
        if not _has_phases(self, self.filters):
            return super().call(inputs)
        kernel = tf.reverse(_phases(tf.cast(self.kernel, inputs.dtype)), (0, 2))
        kernel = tf.reshape(tf.transpose(kernel, (0, 2, 5, 1, 3, 4)), (3, 3, inputs.shape[-1], 4 * self.filters))
        image = tf.nn.depth_to_space(tf.nn.conv2d(inputs, kernel, 1, "SAME"), 2)
        return self.activation(_with_bias(self, image))


class SteeredDropout(keras.layers.Dropout):
    """A dropout layer whose rate is a variable of the graph, so that it can be changed while a run trains.

    As long as it is not, its outputs are those of Keras to the last bit.
    """

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(rate, **kwargs)
        self._live = tf.Variable([rate, 1 / (1 - rate)], trainable=False, dtype=tf.float32)  # and the scale of the rest

    def steer(self, rate: float) -> None:
        """Drop this share of values from the next update on."""
        self._live.assign([rate, 1 / (1 - rate)])

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop values (n, ...) in training."""
        if not training or not self.rate:
            return inputs
        seed = tf.cast(tf.math.floormod(self.seed_generator.next(), tf.int32.max - 1), tf.int32)
        rate, scale = tf.unstack(tf.cast(self._live, inputs.dtype))
        chance = tf.random.stateless_uniform(tf.shape(inputs), seed, dtype=inputs.dtype)
        return tf.where(chance >= rate, inputs * scale, tf.zeros((), inputs.dtype))


FAST: dict[str, type[keras.layers.Layer]] = {
    "BatchNormalization": FastBatchNormalization,
    "Conv2D": FastConv2D,
    "Conv2DTranspose": FastConv2DTranspose,
}


def fast_layer(keras_class: str) -> type[keras.layers.Layer] | None:
    """Return our version of a stock layer for training; None if there is none.

    The faster ones were measured on CPUs only, so a GPU has the stock layers.
    """
    if keras_class == "Dropout":
        return SteeredDropout
    return None if tf.config.get_visible_devices("GPU") else FAST.get(keras_class)


def _has_phases(layer: keras.layers.Layer, channels: int) -> bool:
    height, width = layer.kernel_size
    is_usual = layer.strides == (2, 2) and layer.padding == "same" and layer.dilation_rate == (1, 1)
    return is_usual and channels <= FEW and height == width <= WIDEST


def _phases(kernel: tf.Tensor) -> tf.Tensor:
    """Split a stride-2 kernel (k, k, a, b) into its phases (3, 2, 3, 2, a, b).

    Each axis becomes three neighbours times two phases.

    With padding `same` and even sides, (k - 2) // 2 of the kernel lies before the image.
    """
    size = kernel.shape[0]
    before = 2 - max(size - 2, 0) // 2
    room = [before, 6 - size - before]
    return tf.reshape(tf.pad(kernel, [room, room, [0, 0], [0, 0]]), (3, 2, 3, 2, *kernel.shape[2:]))


def _with_bias(layer: keras.layers.Layer, maps: tf.Tensor) -> tf.Tensor:
    return tf.nn.bias_add(maps, tf.cast(layer.bias, maps.dtype)) if layer.use_bias else maps
