"""Patterns in the errors of a regression network.

A residual is the true minus the predicted value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

LEAST_TREND = 0.2  # Spearman correlation below which no trend is visible
_SURE = 1.96  # standard deviations: chance exceeds this once in 20 times


class Trend(StrEnum):
    """How the size of the errors changes with the prediction."""

    NONE = "none"
    GROWS = "grows"
    SHRINKS = "shrinks"


@dataclass(frozen=True)
class ErrorGrowth:
    """Whether errors grow with the prediction.

    Args:
        correlation: Spearman correlation of absolute residuals with predictions; None if either is constant.
        trend: Its meaning; none if it is weak or may be chance.
    """

    correlation: float | None
    trend: Trend


@dataclass(frozen=True)
class LargeError:
    """An example with a large error.

    Args:
        index: Row in the test data.
        truth, said: True and predicted value, in the target's unit.
    """

    index: int
    truth: float
    said: float

    @property
    def residual(self) -> float:
        """The true minus the predicted value."""
        return self.truth - self.said


def error_growth(truth: np.ndarray, said: np.ndarray) -> ErrorGrowth:
    """Return whether errors grow with the prediction.

    Args:
        truth, said: True and predicted values (n,), in the target's unit.
    """
    found = spearman(np.abs(truth.astype(np.float64) - said), said)
    if found is None or abs(found) < max(LEAST_TREND, _SURE / math.sqrt(len(truth) - 1)):
        return ErrorGrowth(found, Trend.NONE)
    return ErrorGrowth(found, Trend.GROWS if found > 0 else Trend.SHRINKS)


def largest_errors(ids: np.ndarray, truth: np.ndarray, said: np.ndarray, most: int) -> list[LargeError]:
    """Return at most `most` examples, the largest error first, ties by row.

    Args:
        ids: Row of each example in the test data, int (n,).
        truth, said: True and predicted values (n,), in the target's unit.
        most: Maximum number of examples.
    """
    order = np.argsort(-np.abs(truth.astype(np.float64) - said), kind="stable")[:most]
    return [LargeError(int(ids[row]), float(truth[row]), float(said[row])) for row in order]


def spearman(a: np.ndarray, b: np.ndarray) -> float | None:
    """Return the Spearman rank correlation of two arrays (n,); None if one is constant."""
    ranks = np.stack([_ranks(a), _ranks(b)])
    ranks -= ranks.mean(1, keepdims=True)
    lengths = np.sqrt((ranks**2).sum(1))
    return float(ranks[0] @ ranks[1] / lengths.prod()) if lengths.all() else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]
