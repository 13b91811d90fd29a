"""How much worse a network answers when one column of a table is shuffled."""

from __future__ import annotations

import keras
import numpy as np

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.columns.rows import Rows

AT_ONCE = 4_000_000  # numbers that are shuffled at once
_TINY = 1e-12  # the least probability whose logarithm is taken


class Importance:
    """Measures columns by permutation: a column of words moves as a whole.

    Source: Fisher, Rudin and Dominici 2019, All Models are Wrong, but Many are Useful, section 3.

    Args:
        network: Any that predicts classes or a number from rows.
        data: The table.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._rows = Rows(network, data)

    def __call__(
        self, examples: np.ndarray, *, rows: np.ndarray, columns: np.ndarray, repeats: int, seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Shuffle each of some columns several times.

        Args:
            examples: None are needed (0, ...).
            rows: Training rows to measure on, int64 (n,).
            columns: Which columns, int64 (c,).
            repeats: Shuffles of each column, 1 to 100.
            seed: Of the shuffles.

        Returns:
            `before`, the measures of the rows as they are, and `shuffled` (c, repeats), those with one column shuffled:
            as `accuracy` and `loss` for classes, the mean cross-entropy in nats, or as `rmse` for a number; keys such
            as `before/loss`.

        Raises:
            ProbeError: A column or row does not exist, or `repeats` is out of range.
        """
        if not 1 <= repeats <= 100:
            raise ProbeError("the number of shuffles is out of range", expected="1 to 100", received=f"{repeats}")
        x, y = self._rows.chosen(rows)
        before = self._measures(self._rows.answers(x), y)
        found = [self._shuffled(x, y, int(column), repeats, seed) for column in columns]
        shuffled = {f"shuffled/{name}": np.array([one[name] for one in found]) for name in before}
        return {**{f"before/{name}": np.array(value) for name, value in before.items()}, **shuffled}

    def _shuffled(self, x: np.ndarray, y: np.ndarray, column: int, repeats: int, seed: int) -> dict[str, list[float]]:
        """Return the measures with a column shuffled, a list of `repeats` for each."""
        places, rng = self._rows.places(column), np.random.default_rng([seed, column])
        at_once, found = max(1, AT_ONCE // x.size), list[dict[str, float]]()
        for first in range(0, repeats, at_once):
            changed = np.repeat(x[None], min(at_once, repeats - first), 0)
            for one in changed:
                one[:, places] = x[rng.permutation(len(x)), places]
            answers = self._rows.answers(changed.reshape(-1, x.shape[1]))  # in one call, as calls cost more than rows
            found += [self._measures(part, y) for part in np.split(answers, len(changed))]
        return {name: [one[name] for one in found] for name in found[0]}

    def _measures(self, answers: np.ndarray, y: np.ndarray) -> dict[str, float]:
        if not self._rows.data.spec.classes:
            return {"rmse": float(np.sqrt(np.square(answers[:, 0].astype(float) - y).mean()))}
        said = answers[np.arange(len(y)), y].astype(float)
        right = float(np.mean(answers.argmax(1) == y))
        return {"accuracy": right, "loss": float(-np.log(np.maximum(said, _TINY)).mean())}
