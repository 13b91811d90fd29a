"""How good is a classifier? Counts and intervals from its stored predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Z95 = 1.959964  # normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Mistake:
    """A test example that was called something else.

    Args:
        index: Its row in the test data.
        said: The class it was called.
        truth: Its class.
        confidence: Probability given to `said`, 0 to 1.
    """

    index: int
    said: int
    truth: int
    confidence: float


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    if total == 0:
        return 0.0, 1.0
    share, z2 = right / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)


def confusion_matrix(y_true: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Count how often each class (row) was called each class (column); int (classes, classes)."""
    classes = probabilities.shape[1]
    flat = y_true * classes + probabilities.argmax(1)
    return np.bincount(flat, minlength=classes**2).reshape(classes, classes)


def confident_mistakes(ids: np.ndarray, y_true: np.ndarray, probabilities: np.ndarray, most: int) -> list[Mistake]:
    """Return the wrong answers, the most confident first, at most `most`."""
    said = probabilities.argmax(1)
    wrong = np.flatnonzero(said != y_true)
    confidence = probabilities[wrong, said[wrong]]
    order = wrong[np.argsort(-confidence, kind="stable")][:most]
    return [Mistake(int(ids[i]), int(said[i]), int(y_true[i]), float(probabilities[i, said[i]])) for i in order]
