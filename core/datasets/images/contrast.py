"""The contrast of an image."""

from __future__ import annotations

import numpy as np


def contrasted(image: np.ndarray, factor: float) -> np.ndarray:
    """Return an image whose grey levels are `factor` times as far from their mean, uint8 (h, w, c)."""
    if factor == 1:
        return image
    center = image.mean(axis=(0, 1), keepdims=True)
    spread: np.ndarray = np.rint(center + factor * (image - center)).clip(0, 255).astype(np.uint8)
    return spread
