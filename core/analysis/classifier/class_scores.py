"""Precision, recall and F1 of each class, from a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Scores of each class; NaN where undefined.

    Args:
        precision: Share of right answers among those naming the class (classes,); NaN if never predicted.
        recall: Share of the class's examples that are found (classes,); NaN without examples.
        f1: Harmonic mean of both (classes,).
        support: Test examples of each class, int (classes,).
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray

    @property
    def macro(self) -> tuple[float, float, float]:
        """Unweighted mean precision, recall and F1 over the classes that have them."""
        means = [float(np.nanmean(part)) for part in (self.precision, self.recall, self.f1) if not np.isnan(part).all()]
        return (means[0], means[1], means[2]) if len(means) == 3 else (np.nan, np.nan, np.nan)

    @property
    def weakest(self) -> int | None:
        """The class with test examples and the lowest F1; None if all are equal."""
        known = np.flatnonzero(self.support > 0)
        if not len(known) or np.ptp(self.f1[known]) == 0:
            return None
        return int(known[self.f1[known].argmin()])


def class_scores(matrix: np.ndarray) -> ClassScores:
    """Score each class.

    Args:
        matrix: Confusion matrix, true class by predicted class, int (classes, classes).
    """
    hits, actual, said = np.diag(matrix), matrix.sum(1), matrix.sum(0)
    return ClassScores(_share(hits, said), _share(hits, actual), _share(2 * hits, actual + said), actual)


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
