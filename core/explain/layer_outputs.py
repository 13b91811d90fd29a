"""Each layer's output for one example: feature maps or a vector."""

from __future__ import annotations

from itertools import pairwise

import keras
import numpy as np

from core.explain.stages import PASSES_ON


class LayerOutputs:
    """Reads every layer's output for one example.

    Args:
        network: Any network.
    """

    def __init__(self, network: keras.Model) -> None:
        shown = [layer for layer in network.layers if _is_reshape(layer) or not isinstance(layer, PASSES_ON)]
        placed = [before for before, layer in pairwise(shown) if _is_reshape(layer)]
        outputs = {_name(layer): layer.output for layer in shown if layer not in placed}
        self._reader = keras.Model(network.input, outputs)

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on one example, such as noise or an image.

        Returns:
            `maps/<layer>` float32 (h, w, channels) or `numbers/<layer>` float32 (units,), from the first layer to the
            last; without layers that only pass values on, and vectors that the next layer only reshapes.
        """
        read = self._reader(example[None], training=False)
        return {name: np.asarray(keras.ops.cast(value[0], "float32")) for name, value in read.items()}


def _is_reshape(layer: keras.Layer) -> bool:
    return isinstance(layer, keras.layers.Reshape)


def _name(layer: keras.Layer) -> str:
    return f"{'maps' if len(layer.output.shape) == 4 else 'numbers'}/{layer.name}"
