"""Bootstrap intervals of test errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
MOST_UNITS = 2000  # units per resample; more examples are drawn in groups
_SURE = (2.5, 97.5)  # percentiles of a 95 % interval
_NO_VARIANCE = 1e-12  # relative to the sum of squares: less is rounding


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a number."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class ErrorIntervals:
    """The 95 % intervals of `error_numbers` and of the mean residual."""

    r2: Interval
    rmse: Interval
    mae: Interval
    bias: Interval


def error_intervals(truth: np.ndarray, said: np.ndarray, seed: int = 0) -> ErrorIntervals:
    """Return percentile bootstrap intervals over test examples.

    All four depend on a few sums over the examples, so a resample is a matrix product of draw counts and summands.
    Above 2,000 examples, 2,000 random groups are drawn instead; their sums vary just as much.

    Args:
        truth, said: True and predicted values (n,), in the target's unit, at least one.
        seed: Seed of the resampling.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    truth, residuals = truth.astype(np.float64), truth.astype(np.float64) - said
    middle = truth - truth.mean()
    added = np.stack([np.ones(len(truth)), middle, middle**2, residuals, residuals**2, np.abs(residuals)], 1)
    count, first, second, bias, squared, absolute = resampled_sums(added, seed).T
    variance = second - first**2 / count
    varies = variance > _NO_VARIANCE * second
    explained = np.where(varies, 1 - squared / np.where(varies, variance, 1), squared == 0)
    return ErrorIntervals(
        _interval(explained), _interval(np.sqrt(squared / count)), _interval(absolute / count), _interval(bias / count)
    )


def resampled_sums(added: np.ndarray, seed: int) -> np.ndarray:
    """Return the sums over the rows of `RESAMPLES` bootstrap resamples, float64 (resamples, columns).

    Args:
        added: Summands of each example, float64 (n, columns).
        seed: Seed of the resampling.
    """
    rng = np.random.default_rng(seed)
    units = _grouped(added, rng)
    count = len(units)
    drawn = rng.integers(count, size=(RESAMPLES, count)) + np.arange(RESAMPLES)[:, None] * count
    times = np.bincount(drawn.ravel(), minlength=RESAMPLES * count).reshape(RESAMPLES, count)
    sums: np.ndarray = times.astype(np.float64) @ units
    return sums


def _grouped(added: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the rows, or sums over random groups if there are too many."""
    if len(added) <= MOST_UNITS:
        return added
    starts = np.arange(MOST_UNITS) * len(added) // MOST_UNITS
    return np.add.reduceat(added[rng.permutation(len(added))], starts)


def _interval(values: np.ndarray) -> Interval:
    low, high = np.percentile(values, _SURE)
    return Interval(float(low), float(high))
