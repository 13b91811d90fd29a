"""Two networks on the same test examples: how far apart they are, and whether that could be luck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.analysis.number.intervals import Interval, resampled_sums

RESAMPLES = 10_000  # of counts, which cost nothing
LUCK = 0.05  # below this probability a difference is not put down to luck
_SURE = (2.5, 97.5)  # percentiles of a 95 % interval
_ALPHA, _POWER = 0.05, 0.8  # of the test for which `examples_needed` plans


@dataclass(frozen=True)
class Tally:
    """How many test examples two classifiers get right.

    Args:
        both, first_only, second_only, neither: Numbers of examples.
    """

    both: int
    first_only: int
    second_only: int
    neither: int

    @property
    def size(self) -> int:
        """Number of test examples."""
        return self.both + self.first_only + self.second_only + self.neither

    @property
    def difference(self) -> float:
        """Accuracy of the second less that of the first, -1 to 1."""
        return (self.second_only - self.first_only) / self.size


@dataclass(frozen=True)
class Apart:
    """How far apart two networks are on the same test examples.

    Args:
        difference: Second less first.
        interval: Its 95 % interval by a paired bootstrap.
        p: Probability of so large a difference, or a larger one, if both were equally good.
        needed: Number of test examples that would tell such a difference from luck in 4 of 5 cases; None if none would.
    """

    difference: float
    interval: Interval
    p: float
    needed: int | None

    @property
    def is_luck(self) -> bool:
        """Whether the difference may be luck in the choice of the test examples."""
        return self.p >= LUCK


def tally(first: np.ndarray, second: np.ndarray) -> Tally:
    """Count which of two classifiers is right.

    Args:
        first, second: Whether each answer is right, bool (n,), for the same test examples.
    """
    return Tally(
        int((first & second).sum()),
        int((first & ~second).sum()),
        int((~first & second).sum()),
        int((~first & ~second).sum()),
    )


def accuracies_apart(found: Tally, seed: int = 0) -> Apart:
    """Compare two classifiers by McNemar's exact test and a paired bootstrap.

    Only the examples on which one is right and the other wrong tell them apart. Resampling examples is drawing the
    three counts from a multinomial distribution.

    Args:
        found: Counts of at least one example.
        seed: Seed of the resampling.

    Source: McNemar, Note on the sampling error of the difference between correlated proportions (1947).
    """
    from scipy.stats import binomtest

    apart = found.first_only + found.second_only
    p = float(binomtest(found.first_only, apart, 0.5).pvalue) if apart else 1.0
    shares = np.array([found.first_only, found.second_only, found.both + found.neither]) / found.size
    drawn = np.random.default_rng(seed).multinomial(found.size, shares, RESAMPLES)
    low, high = np.percentile((drawn[:, 1] - drawn[:, 0]) / found.size, _SURE)
    return Apart(found.difference, Interval(float(low), float(high)), p, examples_needed(found))


def examples_needed(found: Tally) -> int | None:
    """Return how many test examples would tell such a difference from luck in 4 of 5 cases; None for no difference.

    Source: Connor, Sample size for testing differences in proportions for the paired-sample design (1987).
    """
    from scipy.stats import norm

    differ, apart = (found.first_only + found.second_only) / found.size, abs(found.difference)
    if not apart:
        return None
    sure, found_again = float(norm.ppf(1 - _ALPHA / 2)), float(norm.ppf(_POWER))
    root = sure * math.sqrt(differ) + found_again * math.sqrt(max(0.0, differ - apart**2))
    return math.ceil((root / apart) ** 2)


def errors_apart(truth: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int = 0) -> Apart:
    """Compare the root mean squared errors of two networks by a paired t test of squared errors and a paired bootstrap.

    Args:
        truth, first, second: True values, and those that each network says, (n,), in the target's unit.
        seed: Seed of the resampling.
    """
    from scipy.stats import norm, ttest_rel

    squares = np.stack([np.square(truth.astype(np.float64) - said) for said in (first, second)], 1)
    count, *sums = resampled_sums(np.concatenate([np.ones((len(truth), 1)), squares], 1), seed).T
    low, high = np.percentile(np.sqrt(sums[1] / count) - np.sqrt(sums[0] / count), _SURE)
    roots, gaps = np.sqrt(squares.mean(0)), squares[:, 1] - squares[:, 0]
    spread = float(gaps.std(ddof=1)) if len(gaps) > 1 else 0.0
    p = float(ttest_rel(squares[:, 1], squares[:, 0]).pvalue) if spread else float(not gaps.any())
    both = float(norm.ppf(1 - _ALPHA / 2) + norm.ppf(_POWER))
    needed = math.ceil((both * spread / gaps.mean()) ** 2) if gaps.mean() else None
    return Apart(float(roots[1] - roots[0]), Interval(float(low), float(high)), p, needed)
