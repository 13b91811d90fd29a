"""Gradient boosting of decision trees, the usual strong method for tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.schedule.split import evenly_spread

MOST_CELLS, MOST_ROWS = 1_000_000, 10_000  # of the training rows, evenly spread: some 10 s
MOST_TREES = 1000  # one a class and round
ROUNDS = 100


def boosted(x: np.ndarray, y: np.ndarray, *, is_class: bool) -> Any:
    """Return scikit-learn's gradient boosting, fitted with its own settings on at most 10,000 rows.

    Args:
        x: Rows of numbers (n, d).
        y: Classes, int (n,), or numbers (n,).
        is_class: Whether they are classes.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    rows = evenly_spread(np.arange(len(y)), min(MOST_ROWS, max(1, MOST_CELLS // x.shape[1])))
    x, y = x[rows], y[rows]
    if is_class:
        classes = len(np.unique(y))
        rounds = min(ROUNDS, MOST_TREES // (classes if classes > 2 else 1))
        return HistGradientBoostingClassifier(max_iter=rounds, random_state=0).fit(x, y)
    return HistGradientBoostingRegressor(max_iter=ROUNDS, random_state=0).fit(x, y)
