"""What stands for "nothing there": the input that an example is compared with."""

from __future__ import annotations

import keras
import numpy as np
from scipy.ndimage import gaussian_filter

from core.errors import ProbeError
from core.explain.attribution.logits import all_layers

BLACK, WHITE, BLURRED = "black", "white", "blurred"
BASELINES = (BLACK, WHITE, BLURRED)
BRIGHTEST = 255.0
BLUR = 6  # an image's shorter side in standard deviations of the blur


def baseline_of(network: keras.Model, example: np.ndarray, kind: str) -> np.ndarray:
    """Return the baseline of an example: an image without content, or the average row.

    Args:
        network: The network, whose `Normalization` layer knows the average row.
        example: (h, w, c), 0 to 255, or (n,).
        kind: `black`, `white` or `blurred` for an image; rows have one baseline only.

    Returns:
        float32, of the example's shape.

    Raises:
        ProbeError: There is no such kind.
    """
    if kind not in BASELINES:
        raise ProbeError(f"there is no baseline {kind!r}", expected=f"one of {', '.join(BASELINES)}")
    if example.ndim == 1:
        return _column_statistics(network, example)[0]
    if kind == BLURRED:
        sigma = min(example.shape[:2]) / BLUR
        return np.asarray(gaussian_filter(example.astype(np.float32), (sigma, sigma, 0)))
    return np.full(example.shape, BRIGHTEST if kind == WHITE else 0.0, np.float32)


def unit_of(network: keras.Model, example: np.ndarray) -> np.ndarray:
    """Return what counts as one unit of each number: a grey level, or the standard deviation of a column."""
    return np.ones(example.shape, np.float32) if example.ndim > 1 else _column_statistics(network, example)[1]


def _column_statistics(network: keras.Model, example: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column (n,); 0 and 1 if the network does not standardise."""
    layer = next((layer for layer in all_layers(network) if isinstance(layer, keras.layers.Normalization)), None)
    if layer is None:
        return np.zeros(example.shape, np.float32), np.ones(example.shape, np.float32)
    mean, variance = (np.asarray(value, np.float32).reshape(-1) for value in (layer.mean, layer.variance))
    return np.broadcast_to(mean, example.shape).copy(), np.broadcast_to(np.sqrt(variance), example.shape).copy()
