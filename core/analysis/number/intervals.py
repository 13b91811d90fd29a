"""How far chance may have moved the errors on a test: bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
MOST_UNITS = 2000  # drawn for a resample; more examples are drawn in groups
_SURE = (2.5, 97.5)  # percentiles: 95 % lie between
_NO_VARIANCE = 1e-12  # of what a sum of squares is made of: less is rounding


@dataclass(frozen=True)
class Interval:
    """Where a number lies with 95 % certainty."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class ErrorIntervals:
    """The 95 % intervals of what `error_numbers` returns, and of the mean residual."""

    r2: Interval
    rmse: Interval
    mae: Interval
    bias: Interval


def error_intervals(truth: np.ndarray, said: np.ndarray, seed: int = 0) -> ErrorIntervals:
    """Return percentile bootstrap intervals over test examples.

    All four are functions of a few sums over the examples, so a resample is a product of how often each was drawn with
    what it adds. Of more than 2,000 examples 2,000 random groups are drawn instead: sums vary just as much.

    Args:
        truth, said: (n,) in the target's unit, at least one.
        seed: Of the resampling.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    rng = np.random.default_rng(seed)
    truth, residuals = truth.astype(np.float64), truth.astype(np.float64) - said
    middle = truth - truth.mean()
    added = np.stack([np.ones(len(truth)), middle, middle**2, residuals, residuals**2, np.abs(residuals)], 1)
    count, first, second, bias, squared, absolute = _resampled(_grouped(added, rng), rng).T
    variance = second - first**2 / count
    varies = variance > _NO_VARIANCE * second
    explained = np.where(varies, 1 - squared / np.where(varies, variance, 1), squared == 0)
    return ErrorIntervals(
        _interval(explained), _interval(np.sqrt(squared / count)), _interval(absolute / count), _interval(bias / count)
    )


def _grouped(added: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the rows, summed over random groups if there are too many."""
    if len(added) <= MOST_UNITS:
        return added
    starts = np.arange(MOST_UNITS) * len(added) // MOST_UNITS
    return np.add.reduceat(added[rng.permutation(len(added))], starts)


def _resampled(units: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the sums of `RESAMPLES` draws of as many rows as there are, float64 (resamples, columns)."""
    count = len(units)
    drawn = rng.integers(count, size=(RESAMPLES, count)) + np.arange(RESAMPLES)[:, None] * count
    times = np.bincount(drawn.ravel(), minlength=RESAMPLES * count).reshape(RESAMPLES, count)
    sums: np.ndarray = times.astype(np.float64) @ units
    return sums


def _interval(values: np.ndarray) -> Interval:
    low, high = np.percentile(values, _SURE)
    return Interval(float(low), float(high))
