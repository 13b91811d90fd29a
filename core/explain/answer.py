"""What a network says of images."""

from __future__ import annotations

import keras
import numpy as np


class Answer:
    """Gives a network's answers.

    Args:
        network: A classifier whose last layer gives probabilities.
    """

    TAKES_MANY = True

    def __init__(self, network: keras.Model) -> None:
        self._network = network

    def __call__(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Look at images.

        Args:
            images: uint8 (n, height, width, channels).

        Returns:
            `probabilities` float32 (n, classes).
        """
        return {"probabilities": self._network(images, training=False).numpy().astype(np.float32)}
