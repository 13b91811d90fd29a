"""How far numbers that were said are from those that are true."""

from __future__ import annotations

import numpy as np


def error_numbers(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Return R2, the root of the mean squared error and the mean absolute error.

    R2 is the share of the variance that is explained: 1 if all are right, 0 if the mean would do as well, below 0 if it
    would do better. Where all numbers are the same there is no variance: then it is 1 if all are right, else 0.

    Args:
        truth, said: (n,) in the target's unit.
    """
    apart = np.asarray(truth, np.float64) - np.asarray(said, np.float64)
    squared = float(np.square(apart).sum())
    variance = float(np.square(truth - np.mean(truth, dtype=np.float64)).sum())
    explained = 1 - squared / variance if variance else float(squared == 0)
    return {"r2": explained, "rmse": float(np.sqrt(squared / len(apart))), "mae": float(np.abs(apart).mean())}
