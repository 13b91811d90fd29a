"""A metric over the steps of a run, with its noise smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.store.metrics import Point

_PARTS = 20  # the running median covers a twentieth of the values


@dataclass(frozen=True, eq=False)
class Series:
    """The finite values of a metric.

    Args:
        steps: Updates before each, int64 (n,), rising.
        values: float64 (n,).
    """

    steps: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def smooth(self) -> np.ndarray:
        """The running median, float64 (n,)."""
        width = max(1, len(self) // _PARTS)
        padded = np.pad(self.values, (width // 2, width - 1 - width // 2), mode="edge")
        medians: np.ndarray = np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)
        return medians

    def level(self, begin: float, end: float) -> float:
        """Return the median between two shares of the values, 0 to 1."""
        first, last = int(begin * len(self)), int(np.ceil(end * len(self)))
        return float(np.median(self.values[min(first, len(self) - 1) : max(last, first + 1)]))


def series(points: Sequence[Point], name: str) -> Series:
    """Return the finite values of a metric."""
    found = [(point.step, point.values[name]) for point in points if name in point.values]
    table = np.array(found, np.float64).reshape(-1, 2)
    table = table[np.isfinite(table[:, 1])]
    return Series(table[:, 0].astype(np.int64), table[:, 1])
