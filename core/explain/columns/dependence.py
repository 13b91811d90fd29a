"""What a network answers on average when one column of a table has a certain value in every row."""

from __future__ import annotations

import keras
import numpy as np

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.columns.rows import Rows
from core.schedule.split import evenly_spread

USUAL = (0.05, 0.95)  # quantiles between which a number is varied
BINS, LINES = 24, 25  # of the distribution; rows that are returned one by one


class Dependence:
    """Measures partial dependence.

    Source: Friedman 2001, Greedy Function Approximation, section 8.2; single rows: Goldstein et al. 2015.

    Args:
        network: Any that predicts classes or a number from rows.
        data: The table.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._rows = Rows(network, data)

    def __call__(self, examples: np.ndarray, *, rows: np.ndarray, column: int, points: int) -> dict[str, np.ndarray]:
        """Give one column each of several values in all rows.

        Args:
            examples: None are needed (0, ...).
            rows: Training rows, int64 (n,).
            column: Which column.
            points: Values of a column of numbers, 2 to 100, evenly spread from its 5 % to its 95 % quantile, or all
                that it has if those are fewer.

        Returns:
            `grid` float64 (g,), values or indices of words; `average` float32 (g, classes or 1); `single` float32
            (at most 25, g, classes or 1), the answers to evenly spread rows; `counts` int64 and `edges` float64 (bins +
            1,), how often the rows have which values; of words `edges` is empty and `counts` (words,).

        Raises:
            ProbeError: A column or row does not exist, or `points` is out of range.
        """
        if not 2 <= points <= 100:
            raise ProbeError("the number of points is out of range", expected="2 to 100", received=f"{points}")
        x, _ = self._rows.chosen(rows)
        places = self._rows.places(column)
        values, grid = self._values(x[:, places], column, points)
        answers = []
        for value in values:
            changed = x.copy()
            changed[:, places] = value
            answers.append(self._rows.answers(changed))
        every = np.stack(answers, 1)  # (n, g, classes or 1)
        lines = evenly_spread(np.arange(len(x)), LINES)
        average = every.mean(0, dtype=np.float64).astype(np.float32)
        return {"grid": grid, "average": average, "single": every[lines], **self._spread(x[:, places], column)}

    def _values(self, cells: np.ndarray, column: int, points: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers (g, width) that the column gets, and what they stand for (g,)."""
        words = len(self._rows.columns[column].values)
        if words:
            return np.eye(words, dtype=np.float32), np.arange(words, dtype=float)
        numbers = np.unique(cells)
        if len(numbers) > points:
            low, high = np.quantile(cells.astype(float), USUAL)
            numbers = np.linspace(low, high, points)
        return numbers[:, None].astype(np.float32), numbers.astype(float)

    def _spread(self, cells: np.ndarray, column: int) -> dict[str, np.ndarray]:
        if self._rows.columns[column].values:
            return {"counts": cells.sum(0).astype(np.int64), "edges": np.empty(0)}
        counts, edges = np.histogram(cells.astype(float), BINS)
        return {"counts": counts.astype(np.int64), "edges": edges}
