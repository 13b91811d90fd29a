"""Test results of a classifier, from its stored answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

SURE = 0.95  # from this confidence on an answer counts as sure
CHANCE = 1.2  # times the accuracy of guessing; more is not luck with a thousand images
Z95 = 1.959964  # normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Answer:
    """The answer to one test example.

    Args:
        index: Row in the test data.
        said: Predicted class.
        truth: True class.
        confidence: Probability of `said`, 0 to 1.
    """

    index: int
    said: int
    truth: int
    confidence: float


@dataclass(frozen=True, eq=False)
class Answers:
    """A network's answers to the test data.

    Args:
        ids: Row of each example in the test data, int (n,).
        y_true: True classes, int (n,).
        probabilities: float (n, classes).
    """

    ids: np.ndarray
    y_true: np.ndarray
    probabilities: np.ndarray

    @cached_property
    def said(self) -> np.ndarray:
        """Predicted classes, int (n,)."""
        said: np.ndarray = self.probabilities.argmax(1)
        return said

    @cached_property
    def confidence(self) -> np.ndarray:
        """Probabilities of the predicted classes, (n,)."""
        confidence: np.ndarray = self.probabilities.max(1)
        return confidence

    @property
    def is_right(self) -> np.ndarray:
        """Whether each answer is right, bool (n,)."""
        is_right: np.ndarray = self.said == self.y_true
        return is_right

    @property
    def matrix(self) -> np.ndarray:
        """Confusion matrix, true class by predicted class, int (classes, classes)."""
        num_classes = self.probabilities.shape[1]
        flat = self.y_true * num_classes + self.said
        return np.bincount(flat, minlength=num_classes**2).reshape(num_classes, num_classes)

    @property
    def commonest(self) -> tuple[int, float]:
        """The most frequent class of the test data, and its share: the accuracy of always predicting it."""
        counts = np.bincount(self.y_true, minlength=1)
        return int(counts.argmax()), float(counts.max() / max(len(self.y_true), 1))

    def confident_mistakes(self, most: int) -> list[Answer]:
        """Return at most `most` wrong answers, the most confident first."""
        return self._listed(~self.is_right, -self.confidence, most)

    def unsure_hits(self, most: int) -> list[Answer]:
        """Return at most `most` right but unsure answers, the least confident first."""
        return self._listed(self.is_right & (self.confidence < SURE), self.confidence, most)

    def called(self, truth: int, said: int, most: int) -> list[Answer]:
        """Return at most `most` examples of class `truth` predicted as `said`, the most confident first."""
        return self._listed((self.y_true == truth) & (self.said == said), -self.confidence, most)

    def _listed(self, which: np.ndarray, order: np.ndarray, most: int) -> list[Answer]:
        rows = np.flatnonzero(which)
        rows = rows[np.argsort(order[rows], kind="stable")][:most]
        return [
            Answer(int(self.ids[i]), int(self.said[i]), int(self.y_true[i]), float(self.confidence[i])) for i in rows
        ]


def learned_nothing(accuracy: float, num_classes: int) -> bool:
    """Return whether an accuracy is hardly better than guessing among `num_classes`."""
    return accuracy <= CHANCE / num_classes


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of the share `right` / `total`.

    Source: Wilson, Probable inference, the law of succession, and statistical inference, 1927.
    """
    if total == 0:
        return 0.0, 1.0
    share, z2 = right / total, Z95**2
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = Z95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, centre - half), min(1.0, centre + half)
