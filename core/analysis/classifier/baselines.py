"""Baselines for classifiers: what simple methods reach on the same examples."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core.analysis.boosting import boosted

MOST_ROWS = 10_000  # training examples
MOST_NUMBERS = 1_024  # of an example; larger images are averaged over squares
BUDGET_S = 60.0  # no further method begins after this
ITERATIONS = 200  # of logistic regression
_CHUNK = 4096  # test examples at once

Tell = Callable[[str, float], None]  # (what is done, share)


@dataclass(frozen=True)
class ClassifierBaselines:
    """What simple methods reach.

    Args:
        accuracy: Share of the test examples that each gets right.
        rows: Number of training examples learned from.
        numbers: Numbers of an example that were looked at.
        skipped: Methods that were left out since time was up.
    """

    accuracy: dict[str, float]
    rows: int
    numbers: int
    skipped: tuple[str, ...]


def classifier_baselines(
    x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, tell: Tell
) -> ClassifierBaselines:
    """Fit simple methods on training examples, and return their accuracy on all test examples.

    At most 10,000 training examples are used, evenly spread, and at most 1,024 numbers of each.

    Args:
        x_train, x_test: Images uint8 (n, h, w, c), or rows of numbers (n, d).
        y_train, y_test: Classes, int (n,).
        tell: Called with the method that is fitted, and the share that is done.
    """
    rows = np.arange(min(MOST_ROWS, len(x_train))) * len(x_train) // min(MOST_ROWS, len(x_train))
    shape = _Reduced(x_train[rows])
    learned, labels = shape(x_train[rows]), y_train[rows]
    majority = int(np.bincount(y_train).argmax())
    found = {"majority": float(np.mean(y_test == majority))}
    models, began, skipped = _models(x_train.ndim == 2), time.monotonic(), []
    for at, (name, model) in enumerate(models.items()):
        if len(np.unique(labels)) < 2 or time.monotonic() - began > BUDGET_S:
            skipped.append(name)
            continue
        tell(name, at / len(models))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the last of `ITERATIONS` came before it converged
            model = model(learned, labels)
        right = sum(int((model.predict(shape(x)) == y).sum()) for x, y in _chunks(x_test, y_test))
        found[name] = right / len(y_test)
    return ClassifierBaselines(found, len(rows), learned.shape[1], tuple(skipped))


def _models(is_table: bool) -> dict[str, Callable[[np.ndarray, np.ndarray], Any]]:
    """Return what fits each method; boosting, which takes long on many numbers, for tables only."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestCentroid
    from sklearn.tree import DecisionTreeClassifier

    return {
        "centroid": NearestCentroid().fit,
        "logistic": LogisticRegression(max_iter=ITERATIONS).fit,
        "tree": DecisionTreeClassifier(random_state=0).fit,
        **({"boosting": partial(boosted, is_class=True)} if is_table else {}),
    }


def _chunks(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for start in range(0, len(y), _CHUNK):
        yield x[start : start + _CHUNK], y[start : start + _CHUNK]


class _Reduced:
    """Turns examples into float32 (n, d): images averaged over squares, 0 to 1; columns standardised.

    Args:
        learned: The training examples, which the columns are standardised by.
    """

    def __init__(self, learned: np.ndarray) -> None:
        self._side = 1
        if learned.ndim == 4:
            height, width, channels = learned.shape[1:]
            while (height // self._side) * (width // self._side) * channels > MOST_NUMBERS:
                self._side += 1
            return
        self._columns = np.arange(min(MOST_NUMBERS, learned.shape[1])) * learned.shape[1]
        self._columns //= len(self._columns)
        kept = learned[:, self._columns].astype(np.float64)
        self._mean, spread = kept.mean(0), kept.std(0)
        self._spread = np.where(spread > 0, spread, 1.0)

    def __call__(self, examples: np.ndarray) -> np.ndarray:
        if examples.ndim != 4:
            return np.asarray((examples[:, self._columns] - self._mean) / self._spread, np.float32)
        side, (count, height, width, channels) = self._side, examples.shape
        rows, columns = height // side, width // side
        cut = examples[:, : rows * side, : columns * side].reshape(count, rows, side, columns, side, channels)
        means = cut.mean((2, 4), dtype=np.float32) / 255
        return np.asarray(means.reshape(count, -1), np.float32)
