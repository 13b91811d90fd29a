"""How good is a classifier? Counts and intervals from its stored answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

SURE = 0.95  # from this confidence on nobody would call it unsure
CHANCE = 1.2  # times the share that guessing gets right; more is not luck among a thousand images
Z95 = 1.959964  # normal quantile of a two-sided 95 % interval


@dataclass(frozen=True)
class Answer:
    """What was said to one test example.

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


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network said to the test data.

    Args:
        ids: Row of each example in the test data, int (n,).
        y_true: Its class, int (n,).
        probabilities: float (n, classes).
    """

    ids: np.ndarray
    y_true: np.ndarray
    probabilities: np.ndarray

    @cached_property
    def said(self) -> np.ndarray:
        """The class that each was called, int (n,)."""
        said: np.ndarray = self.probabilities.argmax(1)
        return said

    @cached_property
    def confidence(self) -> np.ndarray:
        """Probability given to the class that was said, (n,)."""
        confidence: np.ndarray = self.probabilities.max(1)
        return confidence

    @property
    def is_right(self) -> np.ndarray:
        """Which of them are right, bool (n,)."""
        is_right: np.ndarray = self.said == self.y_true
        return is_right

    @property
    def matrix(self) -> np.ndarray:
        """How often each class (row) was called each class (column), int (classes, classes)."""
        num_classes = self.probabilities.shape[1]
        flat = self.y_true * num_classes + self.said
        return np.bincount(flat, minlength=num_classes**2).reshape(num_classes, num_classes)

    @property
    def commonest(self) -> tuple[int, float]:
        """The commonest class of the test data, and its share: what always saying it gets right."""
        counts = np.bincount(self.y_true, minlength=1)
        return int(counts.argmax()), float(counts.max() / max(len(self.y_true), 1))

    def confident_mistakes(self, most: int) -> list[Answer]:
        """Return the wrong answers, the most confident first, at most `most`."""
        return self._listed(~self.is_right, -self.confidence, most)

    def unsure_hits(self, most: int) -> list[Answer]:
        """Return the right answers of which it was not sure, the least confident first, at most `most`."""
        return self._listed(self.is_right & (self.confidence < SURE), self.confidence, most)

    def called(self, truth: int, said: int, most: int) -> list[Answer]:
        """Return examples of one class that were called another or the same, the most confident first."""
        return self._listed((self.y_true == truth) & (self.said == said), -self.confidence, most)

    def _listed(self, which: np.ndarray, order: np.ndarray, most: int) -> list[Answer]:
        rows = np.flatnonzero(which)
        rows = rows[np.argsort(order[rows], kind="stable")][:most]
        return [
            Answer(int(self.ids[i]), int(self.said[i]), int(self.y_true[i]), float(self.confidence[i])) for i in rows
        ]


def learned_nothing(accuracy: float, num_classes: int) -> bool:
    """Return whether a classifier is hardly better than guessing among so many classes."""
    return accuracy <= CHANCE / num_classes


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
