"""The gap between training and test accuracy, and results of repeated runs."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# A test of 1,000 images is accurate to one or two percentage points, and so is the sample of training images.
SMALL_GAP = 0.03
# One in ten unseen images is wrong only because the network did not train on it.
LARGE_GAP = 0.10
# Below this, a quarter of the training images are wrong: then the gap is not the main problem.
LEARNED = 0.75


class Gap(StrEnum):
    """Kind of generalisation gap."""

    REVERSED = "reversed"  # better on unseen images
    SMALL = "small"
    CLEAR = "clear"
    LARGE = "large"
    UNLEARNED = "unlearned"  # bad on training images too


def gap_of(train: float, test: float) -> Gap:
    """Classify the gap between training and test accuracy, each 0 to 1."""
    gap = round(train - test, 9)  # so that 0.9 - 0.8 equals 0.1
    if gap > LARGE_GAP:
        return Gap.LARGE
    if train < LEARNED:
        return Gap.UNLEARNED
    if gap < 0:
        return Gap.REVERSED
    return Gap.SMALL if gap <= SMALL_GAP else Gap.CLEAR


@dataclass(frozen=True)
class Repeats:
    """Results of runs with the same settings.

    Args:
        count: Number of runs, at least 1.
        mean: Mean result.
        deviation: Standard deviation of the results; None for a single run.
    """

    count: int
    mean: float
    deviation: float | None


def repeats_of(results: Sequence[float]) -> Repeats:
    """Summarise the results of at least one run."""
    deviation = statistics.stdev(results) if len(results) > 1 else None
    return Repeats(len(results), statistics.fmean(results), deviation)
