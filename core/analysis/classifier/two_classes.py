"""Binary classification at a threshold: counts, ROC and precision-recall curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Counts:
    """Test examples at a threshold.

    Args:
        found, missed: True positives and false negatives.
        alarms, cleared: False positives and true negatives.
    """

    found: int
    missed: int
    alarms: int
    cleared: int

    @property
    def sensitivity(self) -> float:
        """Share of positives that are found; NaN without positives."""
        return _share(self.found, self.missed)

    @property
    def specificity(self) -> float:
        """Share of negatives that are cleared; NaN without negatives."""
        return _share(self.cleared, self.alarms)

    @property
    def precision(self) -> float:
        """Share of positive answers that are right; NaN without positive answers."""
        return _share(self.found, self.alarms)


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve over all thresholds.

    Args:
        x, y: Points (m,), x from 0 to 1.
        area: Area under the curve, or average precision.
    """

    x: np.ndarray
    y: np.ndarray
    area: float


def counts_at(is_positive: np.ndarray, scores: np.ndarray, threshold: float) -> Counts:
    """Count right and wrong answers at a threshold.

    Args:
        is_positive: True labels, bool (n,).
        scores: Probability of the positive class (n,).
        threshold: Lowest score that counts as positive.
    """
    called = scores >= threshold
    found, alarms = int((called & is_positive).sum()), int((called & ~is_positive).sum())
    positive = int(is_positive.sum())
    return Counts(found, positive - found, alarms, len(is_positive) - positive - alarms)


def roc_curve(is_positive: np.ndarray, scores: np.ndarray) -> Curve:
    """Return sensitivity (y) against false positive rate (x); its area is the AUC.

    Args:
        is_positive: True labels, bool (n,), with both classes.
        scores: Probability of the positive class (n,).
    """
    found, called = _steps(is_positive, scores)
    alarms = called - found
    x, y = np.concatenate([[0.0], alarms / alarms[-1]]), np.concatenate([[0.0], found / found[-1]])
    return Curve(x, y, float(np.trapezoid(y, x)))


def precision_recall_curve(is_positive: np.ndarray, scores: np.ndarray) -> Curve:
    """Return precision (y) against recall (x), without interpolation; its area is the average precision.

    Args:
        is_positive: True labels, bool (n,), with both classes.
        scores: Probability of the positive class (n,).
    """
    found, called = _steps(is_positive, scores)
    recall, precision = found / found[-1], found / called
    area = float((np.diff(recall, prepend=0.0) * precision).sum())
    return Curve(recall, precision, area)


def _steps(is_positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the positives and all examples at or above each distinct score, highest first."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # last of equal scores
    return np.cumsum(is_positive[order])[last], last + 1


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else float("nan")
