"""Columns that give the target away on their own, found before any training."""

from __future__ import annotations

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.tables.columns import columns_of
from core.datasets.tables.learn import Learned
from core.datasets.targets import Classes
from core.schedule.split import evenly_spread

ROWS = 4_000  # half of them fit a tree, the other half test it
MOST_CELLS = 2_000_000  # rows by columns that are looked at, a few seconds
FEWEST = 40  # rows, below which chance could look like knowledge
TELLING = 0.98  # share of the error that one column alone takes away
LEAVES = 50  # of a tree: R2 of 0.999 on a straight line


def telling_columns(learned: Learned, named: str) -> list[str]:
    """Say which columns predict the target almost perfectly on their own; nothing is measured on test rows.

    A small decision tree of one column is fitted to half of the training rows and tested on the other half.

    Args:
        learned: Training data from a table.
        named: Name of the target.
    """
    x, y = learned.arrays["x_train"], learned.arrays["y_train"]
    features, target = learned.spec.features, learned.spec.target
    rows = evenly_spread(np.random.default_rng(0).permutation(len(y)), min(ROWS, MOST_CELLS // x.shape[1]))
    if len(rows) < FEWEST:
        return []
    is_class, said = isinstance(target, Classes), []
    for column, cells in columns_of(features, x[rows]):  # type: ignore[arg-type]
        numbers = np.eye(len(column.values))[cells] if column.values else cells[:, None]
        share = _share_explained(numbers, y[rows], is_class=is_class)
        if share >= TELLING:
            said.append(
                f"{short(column.name)!r} alone predicts {short(named)!r} almost perfectly. If it is not yet known when "
                "you predict, it gives the answer away: set its kind to ignored."
            )
    return said


def _share_explained(x: np.ndarray, y: np.ndarray, *, is_class: bool) -> float:
    """Return the share of the error of always saying the same that a tree of one column takes away."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    half = len(y) // 2
    tree = (DecisionTreeClassifier if is_class else DecisionTreeRegressor)(max_leaf_nodes=LEAVES, random_state=0)
    said, truth = tree.fit(x[:half], y[:half]).predict(x[half:]), y[half:]
    if is_class:
        wrong = float(np.mean(truth != np.bincount(y[:half]).argmax()))
        return 1 - float(np.mean(said != truth)) / wrong if wrong else 0.0
    apart = float(np.square(truth - truth.mean(dtype=float)).sum())
    return 1 - float(np.square(truth - said).sum()) / apart if apart else 0.0
