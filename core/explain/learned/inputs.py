"""Inputs of a network as free numbers that a gradient can be followed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import tensorflow as tf

from core.datasets.features import Column, Features, Image, Vector
from core.errors import ProbeError

CONTRAST = 0.35  # standard deviation of a pixel's logit, if that of every wave is 1
REACH = 3.0  # standard deviations that a number may be away from its mean


class Inputs(Protocol):
    """Free numbers (n, ...) that stand for inputs."""

    def random(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return free numbers of random inputs, float32 (count, ...)."""

    def of(self, examples: np.ndarray) -> np.ndarray:
        """Return free numbers that stand for examples (n, ...), as nearly as they can."""

    def scaled(self, free: tf.Tensor) -> tf.Tensor:
        """Return the inputs as they leave the network's scaling: 0 to 1, or standardised."""

    def examples(self, free: tf.Tensor) -> np.ndarray:
        """Return the inputs as examples of the data."""


class Waves:
    """Images as sums of waves, the finer the fainter, so that a step changes coarse shapes before single pixels.

    Source: Olah, Mordvintsev and Schubert 2017, Feature Visualization, Distill, section on preconditioning.

    Args:
        features: Shape of an image.
    """

    def __init__(self, features: Image) -> None:
        self._shape = features.height, features.width, features.channels
        down, right = np.fft.fftfreq(features.height)[:, None], np.fft.rfftfreq(features.width)[None]
        coarsest = 1 / max(features.height, features.width)
        strength = 1 / np.maximum(np.hypot(down, right), coarsest)
        spread = np.sqrt(2 * (strength**2).sum() / strength.size)
        self._strength = (CONTRAST / spread * strength).astype(np.float32)

    def random(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return waves of faint clouds, float32 (count, channels, waves down, waves right, 2)."""
        found: np.ndarray = rng.normal(size=(count, self._shape[-1], *self._strength.shape, 2)).astype(np.float32)
        return found

    def of(self, examples: np.ndarray) -> np.ndarray:
        """Return the waves of images, uint8 (n, h, w, c), a little paler since white and black are infinitely far."""
        shares = 0.05 + 0.9 * examples / 255
        free: np.ndarray = self._waves(np.log(shares / (1 - shares))) / self._strength[None, None, :, :, None]
        return free

    def scaled(self, free: tf.Tensor) -> tf.Tensor:
        """Return images, float32 (n, h, w, c), 0 to 1."""
        return tf.sigmoid(self._logits(free))

    def examples(self, free: tf.Tensor) -> np.ndarray:
        """Return images, uint8 (n, h, w, c)."""
        pixels: np.ndarray = np.rint(255 * self.scaled(free).numpy()).astype(np.uint8)
        return pixels

    def _waves(self, logits: np.ndarray) -> np.ndarray:
        found = np.fft.rfft2(logits, axes=(1, 2), norm="ortho").transpose(0, 3, 1, 2)
        return np.stack([found.real, found.imag], -1).astype(np.float32)

    def _logits(self, free: tf.Tensor) -> tf.Tensor:
        height, width, _ = self._shape
        waves = tf.complex(free[..., 0], free[..., 1]) * tf.cast(self._strength, tf.complex64)
        pixels = tf.signal.irfft2d(waves, fft_length=[height, width]) * np.float32(np.sqrt(height * width))
        return tf.transpose(pixels, [0, 2, 3, 1])


class Numbers:
    """Rows of numbers that stay within three standard deviations of their mean, and of words with one share each.

    Args:
        columns: Columns of a row.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        pairs = np.array([c.scaling for c in columns for _ in c.numbers], np.float32)
        self._mean, self._spread = pairs[:, 0], pairs[:, 1]

    def random(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return free numbers of rows near the mean, float32 (count, numbers)."""
        return (0.1 * rng.normal(size=(count, len(self._mean)))).astype(np.float32)

    def of(self, examples: np.ndarray) -> np.ndarray:
        """Return the free numbers of rows, float32 (n, numbers)."""
        shares = ((examples - self._mean) / self._spread / REACH).clip(-0.95, 0.95)
        free: np.ndarray = np.where(self._is_word(), 2 * shares, np.arctanh(shares)).astype(np.float32)
        return free

    def scaled(self, free: tf.Tensor) -> tf.Tensor:
        """Return standardised rows, float32 (n, numbers)."""
        parts = tf.split(free, [len(column.numbers) for column in self._columns], axis=1)
        pairs = zip(parts, self._columns, strict=True)
        return tf.concat([tf.nn.softmax(p) if c.values else REACH * tf.tanh(p) for p, c in pairs], axis=1)

    def examples(self, free: tf.Tensor) -> np.ndarray:
        """Return rows, float32 (n, numbers), with one word for each column of words."""
        rows = self._mean + self._spread * self.scaled(free).numpy()
        start = 0
        for column in self._columns:
            width = len(column.numbers)
            if column.values:
                part = rows[:, start : start + width]
                rows[:, start : start + width] = np.eye(width)[part.argmax(1)]
            start += width
        found: np.ndarray = rows.astype(np.float32)
        return found

    def _is_word(self) -> np.ndarray:
        return np.array([bool(c.values) for c in self._columns for _ in c.numbers])


def inputs_of(features: Features) -> Inputs:
    """Return the free numbers for inputs of this shape.

    Raises:
        ProbeError: A gradient cannot be followed in such inputs.
    """
    if isinstance(features, Image):
        return Waves(features)
    if isinstance(features, Vector):
        return Numbers(features.columns)
    raise ProbeError(f"no {features.noun} can be made up for a unit", expected="images or rows")
