"""Kernels and feature maps of a network for one image."""

from __future__ import annotations

import keras
import numpy as np

from core.explain.stages import StageReader, first_convolution


class FeatureMaps:
    """Reads kernels, what each stage makes of one image, and the answer.

    Args:
        network: A classifier whose last layer outputs probabilities.
        begin: Where to start: the network's input by default, or the output of a layer.
    """

    def __init__(self, network: keras.Model, begin: keras.KerasTensor | None = None) -> None:
        self._reader = StageReader(network, begin)
        self._first = first_convolution(self._reader.layers)
        self.can_die = self._reader.can_die

    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Look at one image: uint8 (height, width, channels), or what else it begins with."""
        return self.look(image[None])

    def look(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Look at the first of some images.

        Args:
            images: uint8 (n, height, width, channels), or what else it begins with.

        Returns:
            `maps/<stage>` float32 (h, w, channels) or `units/<stage>` (units,) of each stage that makes something new,
            `dead/<stage>` as of `StageReader`, `kernels/<layer>` float32 (kh, kw, channels in, filters) of the first
            convolution if it is a plain one, and `probabilities` float32 (classes,).
        """
        arrays, answers = self._reader(images)
        arrays["probabilities"] = answers[0]
        if self._first is not None:
            arrays[f"kernels/{self._first.name}"] = self._first.kernel.numpy().astype(np.float32)
        return arrays
