"""The real images nearest to a generated one, by pixels and by discriminator features."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

from core.analysis.gan.latent import nearest
from core.datasets import Prepared
from core.errors import ProbeError
from core.schedule.split import evenly_spread

MOST_FOUND = 100
UNSEEN = 200  # real test images that show the usual distance
MOST_PIXELS = 50_000_000  # of the searched training images; all of MNIST in a second
MOST_FEATURES = 8_000_000  # numbers
MOST_LOOKED_AT = 2_000  # images that the discriminator processes for one answer
BATCH = 250


class Nearest:
    """Finds the nearest training images.

    Args:
        network: A discriminator; the inputs of its last layer are its features.
        data: Its training data; a large data set is searched at evenly spaced rows.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        before_last = network.layers[-1].input
        flat = keras.layers.Flatten()(before_last) if len(before_last.shape) > 2 else before_last
        reader = keras.Model(network.input, [flat, network.output])
        self._read = tf.function(lambda images: reader(tf.cast(images, tf.float32), training=False))
        size = math.prod(data.spec.input_shape)
        self._every = _stride(data.x_train, MOST_PIXELS // size)
        self._bank = data.x_train[:: self._every]
        self._seen_every = _stride(data.x_train, min(MOST_LOOKED_AT, MOST_FEATURES // flat.shape[-1]))
        self._seen = data.x_train[:: self._seen_every]
        rows = evenly_spread(np.arange(len(data.y_test)), UNSEEN)
        self._unseen, self._labels = np.array(data.x_test[rows]), np.array(data.y_test[rows])
        self._scale = math.sqrt(size)
        self._usual = self._by_pixels(self._unseen, 1)[1][:, 0]

    def __call__(self, image: np.ndarray, *, count: int) -> dict[str, np.ndarray]:
        """Find the training images nearest to one image.

        Args:
            image: float32 (h, w, c), 0 to 255.
            count: Number of neighbours, 1 to 100; fewer if there are not enough.

        Returns:
            `pixels/ids` int64 (count,) and `pixels/images` uint8 (count, h, w, c), training images, the nearest first;
            `pixels/distances` float64 (count,), root mean squared pixel differences;
            `pixels/searched`, the number of images searched;
            `pixels/usual` float64 (200,), the distances of unseen real images to their nearest training images;
            `features/ids`, `features/images` and `features/searched`, the same by discriminator features;
            `scores/image` float32 (classes or 1,), the discriminator's scores of the image;
            `scores/real` float32 (200,), its scores of the unseen real images, each for its own class.

        Raises:
            ProbeError: `count` is out of range.
        """
        if not 1 <= count <= MOST_FOUND:
            raise ProbeError(
                "the number of neighbours is out of range",
                expected=f"count from 1 to {MOST_FOUND}",
                received=f"{count}",
            )
        rows, distances = self._by_pixels(image[None], count)
        seen, asked = self._features(self._seen), self._features(image[None])
        features, _ = nearest(asked[0], seen[0], count)
        return {
            "pixels/ids": rows[0] * self._every,
            "pixels/images": np.array(self._bank[rows[0]]),
            "pixels/distances": distances[0],
            "pixels/searched": np.array(len(self._bank)),
            "pixels/usual": self._usual,
            "features/ids": features[0] * self._seen_every,
            "features/images": np.array(self._seen[features[0]]),
            "features/searched": np.array(len(self._seen)),
            "scores/image": asked[1][0],
            "scores/real": self._own(self._features(self._unseen)[1]),
        }

    def _by_pixels(self, images: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        rows, distances = nearest(images.reshape(len(images), -1), self._bank.reshape(len(self._bank), -1), count)
        return rows, distances / self._scale

    def _features(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features and scores of images (n, h, w, c)."""
        read = [self._read(np.array(images[i : i + BATCH])) for i in range(0, len(images), BATCH)]
        features, scores = zip(*read, strict=True)
        return np.concatenate(features), np.concatenate(scores).astype(np.float32)

    def _own(self, scores: np.ndarray) -> np.ndarray:
        """Return each unseen image's score for its own class, from scores (n, classes or 1)."""
        own: np.ndarray = scores[np.arange(len(scores)), self._labels if scores.shape[1] > 1 else 0]
        return own


def _stride(images: np.ndarray, most: int) -> int:
    return max(1, -(-len(images) // max(1, most)))
