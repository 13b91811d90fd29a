"""Precision, recall and F1 of each class, from a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ClassScores:
    """How well each class is told from the others; NaN where that is not defined.

    Args:
        precision: Share of those called so that are so (classes,); of a class that was never said there is none.
        recall: Share of those that are so and were called so (classes,); of a class without examples there is none.
        f1: Harmonic mean of both (classes,).
        support: Test examples of each class, int (classes,).
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray

    @property
    def macro(self) -> tuple[float, float, float]:
        """Mean precision, recall and F1 over the classes that have one, each class counting alike."""
        means = [float(np.nanmean(part)) for part in (self.precision, self.recall, self.f1) if not np.isnan(part).all()]
        return (means[0], means[1], means[2]) if len(means) == 3 else (np.nan, np.nan, np.nan)

    @property
    def weakest(self) -> int | None:
        """The class of the lowest F1 among those with test examples; None if all are as good."""
        known = np.flatnonzero(self.support > 0)
        if not len(known) or np.ptp(self.f1[known]) == 0:
            return None
        return int(known[self.f1[known].argmin()])


def class_scores(matrix: np.ndarray) -> ClassScores:
    """Score each class.

    Args:
        matrix: How often each class (row) was called each class (column), int (classes, classes).
    """
    hits, actual, said = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    return ClassScores(_share(hits, said), _share(hits, actual), _share(2 * hits, actual + said), actual)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
