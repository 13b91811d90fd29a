"""A network's answers to examples."""

from __future__ import annotations

import keras
import numpy as np


class Answer:
    """Returns a network's answers.

    Args:
        network: Any network; the array is named after its last layer.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network, self._name = network, network.layers[-1].name

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on examples.

        Args:
            examples: Network input (n, ...), such as uint8 (n, height, width, channels).

        Returns:
            `probabilities` float32 (n, classes), `number` float32 (n, 1), or `score` float32 (n, classes or 1).
        """
        return {self._name: self._network(examples, training=False).numpy().astype(np.float32)}
