"""What the gap between training and test images means, and how a result compares with others."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# A test of 1,000 images is true to one or two points, and so is the sample of training images.
SMALL_GAP = 0.03
# So many more mistakes that of ten unseen images one is wrong only because it was not learned from.
LARGE_GAP = 0.10
# Below it a quarter of what it was shown is wrong: then the gap is not the first thing to mend.
LEARNED = 0.75


class Gap(StrEnum):
    """What kind of gap it is."""

    REVERSED = "reversed"  # unseen images go better
    SMALL = "small"
    CLEAR = "clear"
    LARGE = "large"
    UNLEARNED = "unlearned"  # training images go badly too


def gap_of(train: float, test: float) -> Gap:
    """Say what the gap between the shares right of training images and of test images means."""
    gap = round(train - test, 9)  # 0.9 - 0.8 is no more than 0.1
    if gap > LARGE_GAP:
        return Gap.LARGE
    if train < LEARNED:
        return Gap.UNLEARNED
    if gap < 0:
        return Gap.REVERSED
    return Gap.SMALL if gap <= SMALL_GAP else Gap.CLEAR


@dataclass(frozen=True)
class Repeats:
    """The same settings, run several times.

    Args:
        count: Runs, at least 1.
        mean: Of their results.
        deviation: Standard deviation of their results; None of a single one.
    """

    count: int
    mean: float
    deviation: float | None


def repeats_of(results: Sequence[float]) -> Repeats:
    """Sum up the results of at least one run."""
    deviation = statistics.stdev(results) if len(results) > 1 else None
    return Repeats(len(results), statistics.fmean(results), deviation)
