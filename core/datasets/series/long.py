"""Data that is one long series: its examples are consecutive windows, the last of which are for testing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets.features import Series
from core.datasets.series.clock import Clock
from core.datasets.spec import DataSpec
from core.datasets.targets import Number


@dataclass(frozen=True)
class LongSeries:
    """A long series, one column of which is to be forecast.

    Args:
        features, target: As of its data.
        clock: When its steps were measured.
        place: Number of the column that is to be forecast.
        first_test: Number of the first step for testing.
    """

    features: Series
    target: Number
    clock: Clock
    place: int
    first_test: int

    @property
    def reach(self) -> int:
        """Steps that must be known to forecast the next one, and those after it."""
        return max(self.features.length + self.features.horizon - 1, self.features.period)

    @property
    def back(self) -> int:
        """Steps before, whose values other columns are taken to have again: a period, or the last."""
        return self.features.period or 1

    @property
    def ahead(self) -> str:
        """How far ahead it is forecast, in words."""
        return "one step ahead" if self.features.horizon == 1 else f"{self.features.horizon:,} steps ahead"


def long_series(spec: DataSpec) -> LongSeries | None:
    """Return the long series that data is; None if it is none, or none of its columns is to be forecast."""
    features, target = spec.features, spec.target
    if not isinstance(features, Series) or features.clock is None or not isinstance(target, Number):
        return None
    names = [column.name for column in features.columns]
    if target.name not in names:
        return None
    first_test = spec.train_size + features.length + features.horizon - 1
    return LongSeries(features, target, features.clock, names.index(target.name), first_test)


def is_long(spec: DataSpec) -> bool:
    """Return whether data is one long series, a column of which is to be forecast."""
    return long_series(spec) is not None


def steps_of(x_train: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Return all steps that any window of a long series has, float32 (steps, columns)."""
    return np.concatenate([x_train[0], x_train[1:, -1], x_test[:, -1]])
