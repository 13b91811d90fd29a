"""What the errors of a network that says a number have in common. A residual is what is true less what was said."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

LEAST_TREND = 0.2  # Spearman's correlation: less is no trend that an eye would see
_SURE = 1.96  # standard deviations: chance goes so far once in 20 times


class Trend(StrEnum):
    """How the size of the errors goes with what is said."""

    NONE = "none"
    GROWS = "grows"
    SHRINKS = "shrinks"


@dataclass(frozen=True)
class ErrorGrowth:
    """Whether errors are larger where more is said.

    Args:
        correlation: Spearman's, of the size of the residual with what was said; None if either is always the same.
        trend: What that means: none if it is weak, or may be chance.
    """

    correlation: float | None
    trend: Trend


@dataclass(frozen=True)
class LargeError:
    """An example of which the network was far off.

    Args:
        index: Its row in the test data.
        truth, said: In the target's unit.
    """

    index: int
    truth: float
    said: float

    @property
    def residual(self) -> float:
        """What is true less what was said."""
        return self.truth - self.said


def error_growth(truth: np.ndarray, said: np.ndarray) -> ErrorGrowth:
    """Return whether errors grow with what is said.

    Args:
        truth, said: (n,) in the target's unit.
    """
    found = spearman(np.abs(truth.astype(np.float64) - said), said)
    if found is None or abs(found) < max(LEAST_TREND, _SURE / math.sqrt(len(truth) - 1)):
        return ErrorGrowth(found, Trend.NONE)
    return ErrorGrowth(found, Trend.GROWS if found > 0 else Trend.SHRINKS)


def largest_errors(ids: np.ndarray, truth: np.ndarray, said: np.ndarray, most: int) -> list[LargeError]:
    """Return at most `most` examples, the largest error first; of equal ones that of the first row.

    Args:
        ids: Row of each example in the test data, int (n,).
        truth, said: (n,) in the target's unit.
    """
    order = np.argsort(-np.abs(truth.astype(np.float64) - said), kind="stable")[:most]
    return [LargeError(int(ids[row]), float(truth[row]), float(said[row])) for row in order]


def spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the correlation of the ranks of two lists (n,), equal values sharing theirs; None if one is constant."""
    ranks = np.stack([_ranks(a), _ranks(b)])
    ranks -= ranks.mean(1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(1))
    return float(ranks[0] @ ranks[1] / lengths.prod()) if lengths.all() else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
