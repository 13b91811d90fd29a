"""Disturbances of examples that grow from none: noise, rotation, shift and blur."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.features import Vector
from core.datasets.spec import DataSpec

SEED = 2  # the same grain at every strength, so that a curve shows the strength alone


@dataclass(frozen=True)
class Disturbance:
    """One way to disturb examples.

    Args:
        title: Its name.
        unit: Unit of its strength for images.
        strengths: A range from none to strong, for images of any size.
        change: (images as float64 (n, h, w, c), strength) -> disturbed images, 0 to 255 but for rounding.
        takes_vectors: Whether it disturbs lists of numbers too.
    """

    title: str
    unit: str
    strengths: tuple[float, ...]
    change: Callable[[np.ndarray, float], np.ndarray]
    takes_vectors: bool = False

    def takes(self, spec: DataSpec) -> bool:
        """Return whether it disturbs such examples."""
        return spec.is_image or self.takes_vectors


def _noisy(images: np.ndarray, strength: float) -> np.ndarray:
    grain: np.ndarray = np.random.default_rng(SEED).normal(size=images.shape)
    return images + strength * grain


def _rotated(images: np.ndarray, degrees: float) -> np.ndarray:
    from scipy.ndimage import rotate

    changed: np.ndarray = rotate(images, degrees, axes=(2, 1), reshape=False, order=1, mode="nearest")
    return changed


def _shifted(images: np.ndarray, percent: float) -> np.ndarray:
    from scipy.ndimage import shift

    down, right = (percent / 100 * side for side in images.shape[1:3])
    changed: np.ndarray = shift(images, (0, down, right, 0), order=1, mode="nearest")
    return changed


def _blurred(images: np.ndarray, percent: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    width = percent / 100 * min(images.shape[1:3])
    changed: np.ndarray = gaussian_filter(images, (0, width, width, 0), mode="nearest")
    return changed


DISTURBANCES: Mapping[str, Disturbance] = {
    "noise": Disturbance("Noise", "grey levels", (0, 10, 20, 40, 60, 80, 100), _noisy, takes_vectors=True),
    "rotation": Disturbance("Rotation", "degrees", (0, 5, 10, 15, 20, 30, 45, 60, 90), _rotated),
    "shift": Disturbance("Shift", "% of the side", (0, 2.5, 5, 7.5, 10, 15, 20, 30), _shifted),
    "blur": Disturbance("Blur", "% of the side", (0, 1, 2, 3, 4, 6, 8, 12), _blurred),
}
VECTOR_STRENGTHS = (0, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2)  # standard deviations of each number


def disturbed(examples: np.ndarray, kind: str, strength: float, spec: DataSpec) -> np.ndarray:
    """Return disturbed examples of the same shape and dtype; unchanged at strength 0.

    Args:
        examples: uint8 (n, height, width, channels) or float32 (n, numbers).
        kind: A key of `DISTURBANCES`.
        strength: In the unit of the disturbance; for numbers in standard deviations, and words stay as they are.
        spec: The data's shape.
    """
    if not strength:
        return examples
    change = DISTURBANCES[kind].change
    if isinstance(spec.features, Vector):
        columns = [column for column in spec.features.columns for _ in column.numbers]
        spreads = np.array([0.0 if column.values else column.spread for column in columns])
        numbers: np.ndarray = (examples + spreads * change(np.zeros(examples.shape), strength)).astype(np.float32)
        return numbers
    changed = change(examples.astype(np.float64), strength)
    pixels: np.ndarray = np.rint(changed).clip(0, 255).astype(np.uint8)
    return pixels
