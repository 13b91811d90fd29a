"""Two classes and a threshold: what is found, what is missed, and what is called so wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Counts:
    """Test examples at a threshold.

    Args:
        found, missed: Positive ones that were called so, or not.
        alarms, cleared: Others that were called positive all the same, or not.
    """

    found: int
    missed: int
    alarms: int
    cleared: int

    @property
    def sensitivity(self) -> float:
        """Share of the positive ones that were called so; NaN without any."""
        return _share(self.found, self.missed)

    @property
    def specificity(self) -> float:
        """Share of the others that were not; NaN without any."""
        return _share(self.cleared, self.alarms)

    @property
    def precision(self) -> float:
        """Share of those called positive that are; NaN if nothing was."""
        return _share(self.found, self.alarms)


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve over all thresholds.

    Args:
        x, y: Its points (m,), x from 0 to 1.
        area: Area under it, or average precision.
    """

    x: np.ndarray
    y: np.ndarray
    area: float


def counts_at(is_positive: np.ndarray, scores: np.ndarray, threshold: float) -> Counts:
    """Count what is called positive from `threshold` on.

    Args:
        is_positive: bool (n,).
        scores: Probability of being positive (n,).
        threshold: A score as high as that is called positive.
    """
    called = scores >= threshold
    found, alarms = int((called & is_positive).sum()), int((called & ~is_positive).sum())
    positive = int(is_positive.sum())
    return Counts(found, positive - found, alarms, len(is_positive) - positive - alarms)


def roc_curve(is_positive: np.ndarray, scores: np.ndarray) -> Curve:
    """Return sensitivity (y) over the share of others called positive (x); its area is AUC.

    Args:
        is_positive: bool (n,) with both kinds.
        scores: Probability of being positive (n,).
    """
    found, called = _steps(is_positive, scores)
    alarms = called - found
    x, y = np.concatenate([[0.0], alarms / alarms[-1]]), np.concatenate([[0.0], found / found[-1]])
    return Curve(x, y, float(np.trapezoid(y, x)))


def precision_recall_curve(is_positive: np.ndarray, scores: np.ndarray) -> Curve:
    """Return precision (y) over recall (x), without interpolation; its area is the average precision.

    Args:
        is_positive: bool (n,) with both kinds.
        scores: Probability of being positive (n,).
    """
    found, called = _steps(is_positive, scores)
    recall, precision = found / found[-1], found / called
    area = float((np.diff(recall, prepend=0.0) * precision).sum())
    return Curve(recall, precision, area)


def _steps(is_positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many positive ones and how many in all have each score or a higher one, highest first."""
    order = np.argsort(-scores, kind="stable")
    last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # of those with the same score
    return np.cumsum(is_positive[order])[last], last + 1


def _share(part: int, rest: int) -> float:
    return part / (part + rest) if part + rest else float("nan")
