"""Rows of a table that a question about its columns is answered on, and their columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import keras
import numpy as np

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.errors import ProbeError
from core.explain.learned.parts import Parts

MOST = 20_000  # rows


@dataclass(frozen=True, eq=False)
class Rows:
    """A network and a table.

    Args:
        network: Any that predicts classes or a number from rows.
        data: The table.
    """

    network: keras.Model
    data: Prepared

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self.network)

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the file, each of one number or of several.

        Raises:
            ProbeError: The data is no table.
        """
        if not isinstance(self.data.spec.features, Vector):
            raise ProbeError("this data has no columns", expected="rows of a table")
        return self.data.spec.features.columns

    def places(self, column: int) -> slice:
        """Return where the numbers of a column are in a row.

        Raises:
            ProbeError: There is no such column.
        """
        if not 0 <= column < len(self.columns):
            raise ProbeError("there is no such column", expected=f"0 to {len(self.columns) - 1}", received=f"{column}")
        ends = [0, *accumulate(len(one.numbers) for one in self.columns)]
        return slice(ends[column], ends[column + 1])

    def chosen(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return training rows with their targets, float32 (n, numbers) and (n,).

        Raises:
            ProbeError: There are none or too many, or some do not exist.
        """
        count = len(self.data.y_train)
        if not 1 <= len(rows) <= MOST or rows.min() < 0 or rows.max() >= count:
            raise ProbeError("rows are out of range", expected=f"1 to {MOST:,} rows of 0 to {count - 1:,}")
        return np.array(self.data.x_train[rows]), np.array(self.data.y_train[rows])

    def answers(self, x: np.ndarray) -> np.ndarray:
        """Return the network's answers, float32 (n, classes or 1)."""
        return self._parts.in_batches(lambda batch: [self.network(batch, training=False)], x)[0]
