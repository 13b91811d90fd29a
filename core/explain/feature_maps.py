"""Kernels and feature maps of a network for one image."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.SeparableConv2D)
_SHOWN = (
    *_CONVOLUTIONS,
    keras.layers.Add,
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling2D,
)


class FeatureMaps:
    """Reads a classifier's kernels, feature maps and probabilities for one image.

    Args:
        network: A classifier whose last layer outputs probabilities.
        begin: Where to start: the network's input by default, or the output of a layer.
    """

    def __init__(self, network: keras.Model, begin: keras.KerasTensor | None = None) -> None:
        begin = network.input if begin is None else begin
        layers = keras.Model(begin, network.output).layers
        convolutions = [layer for layer in layers if isinstance(layer, _CONVOLUTIONS)]
        shown = [layer for layer in layers if _is_shown(layer)]
        self._first = next((layer for layer in convolutions[:1] if isinstance(layer, keras.layers.Conv2D)), None)
        outputs = {f"maps/{layer.name}": layer.output for layer in shown}
        self._reader = keras.Model(begin, {**outputs, "probabilities": network.output})

    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on one image.

        Args:
            image: uint8 (height, width, channels), or what else it begins with.

        Returns:
            `maps/<layer>` float32 (h, w, channels) for each convolution, sum and pooling, and for the output of
            a pretrained block instead of its layers,
            `kernels/<layer>` float32 (kh, kw, channels in, filters) of the first convolution if it is a Conv2D, and
            `probabilities` float32 (classes,).
        """
        read = self._reader(image[None], training=False)
        arrays = {name: as_float32(value) for name, value in read.items()}
        if self._first is not None:
            arrays[f"kernels/{self._first.name}"] = self._first.kernel.numpy().astype(np.float32)
        return arrays


def _is_shown(layer: keras.Layer) -> bool:
    is_stock = isinstance(layer, _SHOWN) and not layer.name.endswith("_step")
    return bool(getattr(layer, "is_block_end", is_stock))


def as_float32(batch: tf.Tensor) -> np.ndarray:
    """Return the first example of a batch as float32, whatever the network's dtype."""
    first: np.ndarray = tf.cast(batch[0], tf.float32).numpy()
    return first
