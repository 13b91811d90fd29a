"""What a network says of one image."""

from __future__ import annotations

import keras
import numpy as np


class Answer:
    """Gives a network's answer.

    Args:
        network: A classifier whose last layer gives probabilities.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network

    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Look at one image.

        Args:
            image: uint8 (height, width, channels).

        Returns:
            `probabilities` float32 (classes,).
        """
        return {"probabilities": self._network(image[None], training=False)[0].numpy().astype(np.float32)}
