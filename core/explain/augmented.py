"""Random augmentations of one image."""

from __future__ import annotations

import keras
import numpy as np

from core.models.augmentation import Augmentation

SHOWN = 12


class Augmented:
    """Augments one image several times.

    Args:
        layers: The augmentation layers as a model.
    """

    def __init__(self, layers: keras.Model) -> None:
        self._augmentation = Augmentation(layers)

    def __call__(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """Augment one image.

        Args:
            image: uint8 (h, w, c).

        Returns:
            `augmented` uint8 (12, h, w, c).
        """
        return {"augmented": self._augmentation(np.repeat(image[None], SHOWN, axis=0)).numpy()}
