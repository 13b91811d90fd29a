"""Errors of predicted numbers."""

from __future__ import annotations

import numpy as np


def error_numbers(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Return R2, the root mean squared error and the mean absolute error.

    R2 is the explained share of the variance: 1 for perfect predictions, 0 for the mean, below 0 for worse ones. If all
    true values are equal, it is 1 for perfect predictions and 0 otherwise.

    Args:
        truth, said: True and predicted values (n,), in the target's unit.
    """
    apart = np.asarray(truth, np.float64) - np.asarray(said, np.float64)
    squared = float(np.square(apart).sum())
    variance = float(np.square(truth - np.mean(truth, dtype=np.float64)).sum())
    explained = 1 - squared / variance if variance else float(squared == 0)
    return {"r2": explained, "rmse": float(np.sqrt(squared / len(apart))), "mae": float(np.abs(apart).mean())}
