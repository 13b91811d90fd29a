"""Two settings, each trained with several seeds: whether they differ by more than seeds do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.compare.paired import LUCK
from core.analysis.number.intervals import Interval

LEAST = 2  # seeds of each, below which nothing is known about how far seeds vary
_ALPHA, _POWER = 0.05, 0.8


@dataclass(frozen=True)
class SeedsApart:
    """How far apart two settings are over seeds.

    Args:
        difference: Mean of the second less that of the first.
        interval: Its 95 % interval by Welch's t.
        p: Probability of so large a difference, or a larger one, if both settings were equally good.
        spread: Standard deviation over seeds, pooled.
        needed: Number of seeds of each that would tell such a difference from luck in 4 of 5 cases; None if none would.
    """

    difference: float
    interval: Interval
    p: float
    spread: float
    needed: int | None

    @property
    def is_luck(self) -> bool:
        """Whether the difference may be luck of the seeds."""
        return self.p >= LUCK


def seeds_apart(first: Sequence[float], second: Sequence[float]) -> SeedsApart | None:
    """Compare two settings by Welch's t test over seeds; None with fewer than two seeds of one.

    Args:
        first, second: A result of each run.

    Source: Welch, The generalization of "Student's" problem when several different population variances are involved
    (1947).
    """
    from scipy.stats import norm, ttest_ind

    if min(len(first), len(second)) < LEAST:
        return None
    apart = float(np.mean(second) - np.mean(first))
    spread = math.sqrt((np.var(first, ddof=1) + np.var(second, ddof=1)) / 2)
    if not spread:
        return SeedsApart(apart, Interval(apart, apart), float(not apart), 0.0, LEAST if apart else None)
    test = ttest_ind(second, first, equal_var=False)
    interval = test.confidence_interval(0.95)
    both = float(norm.ppf(1 - _ALPHA / 2) + norm.ppf(_POWER))
    needed = max(LEAST, math.ceil(2 * (both * spread / apart) ** 2)) if apart else None
    return SeedsApart(apart, Interval(float(interval.low), float(interval.high)), float(test.pvalue), spread, needed)
