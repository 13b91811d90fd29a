"""Examples of the test set that a question is answered with, and how a network does on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.datasets import DataSpec, Prepared
from core.datasets.corruptions import shifted_rows
from core.datasets.targets import Classes
from core.errors import ProbeError
from core.schedule.split import evenly_spread

MOST = 5_000


@dataclass(frozen=True, eq=False)
class Examined:
    """Examples of the test set.

    Args:
        rows: Their rows, int64 (n,).
        x: The examples, as the run is tested on them (n, ...).
        y: Their classes or numbers (n,).
        spec: The data's shape.
    """

    rows: np.ndarray
    x: np.ndarray
    y: np.ndarray
    spec: DataSpec

    @property
    def counts(self) -> np.ndarray:
        """Number of these examples of each class, int64 (classes,)."""
        return np.bincount(self.y, minlength=self.spec.num_classes)

    def score(self, answers: np.ndarray) -> dict[str, np.ndarray]:
        """Judge answers (n, classes or 1).

        Returns:
            `right` int64 (classes,), the right answers of each true class; or `error` float64 (), the mean absolute
            error of a number.
        """
        if isinstance(self.spec.target, Classes):
            right = self.y[answers.argmax(-1) == self.y]
            return {"right": np.bincount(right, minlength=self.spec.num_classes)}
        return {"error": np.abs(answers[:, 0] - self.y).mean(dtype=np.float64)}


def examined(data: Prepared, count: int, test_shift: str = "none") -> Examined:
    """Return evenly spread examples of the test set.

    Args:
        data: The data.
        count: How many, 1 to 5,000; fewer if there are not enough.
        test_shift: The run's `test_shift`: it changes test images on purpose.

    Raises:
        ProbeError: `count` is out of range.
    """
    if not 1 <= count <= MOST:
        what = "the number of test examples is out of range"
        raise ProbeError(what, expected=f"count from 1 to {MOST}", received=f"{count}")
    rows = evenly_spread(np.arange(len(data.y_test)), count)
    return Examined(rows, shifted_rows(data.x_test, rows, test_shift), np.array(data.y_test[rows]), data.spec)
