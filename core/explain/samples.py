"""Examples that a generator makes from noise."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

MOST = 512  # examples at once


class Samples:
    """Generates examples from noise.

    Args:
        network: A generator.
    """

    def __init__(self, network: keras.Model) -> None:
        self._generate = tf.function(lambda noise: network(noise, training=False), reduce_retracing=True)
        self._is_image = len(network.output_shape) == 4

    def __call__(self, noise: np.ndarray) -> dict[str, np.ndarray]:
        """Generate one example per row of noise, float32 (n, latent and classes).

        Returns:
            `samples/images` uint8 (n, h, w, c), or `plane/fake` float32 (n, 2), points.
        """
        made = np.concatenate([self._generate(noise[i : i + MOST]).numpy() for i in range(0, len(noise), MOST)])
        return {"samples/images": as_pixels(made)} if self._is_image else {"plane/fake": made}


def as_pixels(made: np.ndarray) -> np.ndarray:
    """Convert images, 0 to 255, to uint8; NaN becomes 0."""
    pixels: np.ndarray = np.nan_to_num(made).round().clip(0, 255).astype(np.uint8)
    return pixels
