"""Calibration of a classifier: confidence compared with accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Answers in confidence bins of equal width, without empty bins.

    Args:
        confidence: Mean probability of the predicted class (bins,).
        right: Share of right answers (bins,).
        counts: Number of answers, int (bins,).
    """

    confidence: np.ndarray
    right: np.ndarray
    counts: np.ndarray

    @property
    def error(self) -> float:
        """Expected calibration error: mean gap between confidence and accuracy, weighted by answers.

        Source: Guo et al., On calibration of modern neural networks, 2017, equation 3.
        """
        return float((self.counts * np.abs(self.confidence - self.right)).sum() / max(self.counts.sum(), 1))

    @property
    def fullest(self) -> int:
        """The bin with the most answers."""
        return int(self.counts.argmax())


def calibration(confidence: np.ndarray, is_right: np.ndarray) -> Calibration:
    """Bin answers by confidence.

    Args:
        confidence: Probability of the predicted class, 0 to 1, (n,).
        is_right: Whether the answer is right, bool (n,).
    """
    edges = np.linspace(0, 1, BINS + 1)[1:-1]
    bins = np.searchsorted(edges, confidence)  # a confidence on an edge belongs to the bin below
    counts = np.bincount(bins, minlength=BINS)
    has = counts > 0
    sums = (np.bincount(bins, values.astype(float), BINS)[has] for values in (confidence, is_right))
    sure, right = (part / counts[has] for part in sums)
    return Calibration(sure, right, counts[has])
