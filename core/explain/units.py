"""What the layers of an MLP make of one example, and what the first of them look for."""

from __future__ import annotations

import math

import keras
import numpy as np

from core.explain.stages import StageReader
from core.figures.network.plane import mesh


class Units:
    """Reads what each stage makes of one example, the weights of the first dense layer, and the answer.

    Args:
        network: Any with a dense layer whose last layer answers.
    """

    def __init__(self, network: keras.Model) -> None:
        self._first = next(layer for layer in network.layers if isinstance(layer, keras.layers.Dense))
        self._shape = network.input_shape[1:]
        self._takes_points = self._shape == (2,)
        self._reader, self._answer = StageReader(network), network.layers[-1].name
        self.can_die = self._reader.can_die and not self._takes_points  # of points the whole plane is looked at

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Look at one example: uint8 (height, width, channels) or float32 (n,)."""
        return self.look(example[None])

    def look(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Look at the first of some examples.

        Args:
            examples: uint8 (n, height, width, channels) or float32 (n, numbers).

        Returns:
            `units/<stage>` float32 (units,) of each stage that makes something new; `dead/<stage>` as of `StageReader`;
            `templates/<layer>` float32 (h, w, c, units), the weights of the first dense layer as images, if images come
            in, else `first_weights/<layer>` (n, units); `probabilities` (classes,) or `number` (1,); and, if points
            come in, `surface/answers` (places, answers) on a mesh of the plane.
        """
        arrays, answers = self._reader(np.concatenate([examples[:1], mesh()]) if self._takes_points else examples)
        surface = {"surface/answers": answers[1:]} if self._takes_points else {}
        return {**arrays, self._answer: answers[0], **self._weights(), **surface}

    def _weights(self) -> dict[str, np.ndarray]:
        kernel = np.asarray(self._first.kernel, np.float32)  # (inputs, units)
        if len(self._shape) == 3 and len(kernel) == math.prod(self._shape):
            return {f"templates/{self._first.name}": kernel.reshape(*self._shape, -1)}
        return {f"first_weights/{self._first.name}": kernel}
