"""Outputs of dense layers for one example, and the first layer's weights."""

from __future__ import annotations

import math

import keras
import numpy as np

from core.explain.feature_maps import as_float32
from core.figures.plane import mesh


class Units:
    """Reads the outputs of dense layers, the weights of the first one, and the answer.

    Args:
        network: Any network whose last layer is its answer.
    """

    def __init__(self, network: keras.Model) -> None:
        dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
        self._first, self._shape = dense[0], network.input_shape[1:]
        self._answer = network.layers[-1].name
        outputs = {f"units/{layer.name}": layer.output for layer in dense[:-1]}
        self._reader = keras.Model(network.input, {**outputs, self._answer: network.output})
        self._network = network
        self._mesh = mesh() if self._shape == (2,) else None

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on one example.

        Args:
            example: uint8 (height, width, channels) or float32 (n,).

        Returns:
            `units/<layer>` float32 (units,) of each dense layer but the last; `templates/<layer>` float32 (h, w, c,
            units), the first layer's weights as images, for image input, else `first_weights/<layer>` (n, units);
            `probabilities` (classes,) or `number` (1,); and, for points, `surface/answers` (places, answers)
            on a mesh of the plane.
        """
        arrays = {name: as_float32(value) for name, value in self._reader(example[None], training=False).items()}
        arrays |= self._weights()
        if self._mesh is not None:
            arrays["surface/answers"] = np.asarray(self._network(self._mesh, training=False), np.float32)
        return arrays

    def _weights(self) -> dict[str, np.ndarray]:
        kernel = np.asarray(self._first.kernel, np.float32)  # (inputs, units)
        if len(self._shape) == 3 and len(kernel) == math.prod(self._shape):
            return {f"templates/{self._first.name}": kernel.reshape(*self._shape, -1)}
        return {f"first_weights/{self._first.name}": kernel}
