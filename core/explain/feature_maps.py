"""What each layer makes of one image."""

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
    """Reads kernels, feature maps and the answer of a network for one image.

    Args:
        network: A classifier whose last layer gives probabilities.
        begin: What it is given; by default the network's input, else the output of a layer, and what comes behind is
            looked at.
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
        """Look at one image.

        Args:
            image: uint8 (height, width, channels), or what else it begins with.

        Returns:
            `maps/<layer>` float32 (h, w, channels) for each convolution, sum and pooling, and for the end of a
            pretrained network in the place of all that are in it,
            `kernels/<layer>` float32 (kh, kw, channels in, filters) of the first convolution if it is a plain one, and
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
    """Return the first of a batch in float32, whatever a network computes in."""
    first: np.ndarray = tf.cast(batch[0], tf.float32).numpy()
    return first
