"""Baselines for regression: the mean, linear regression, and forecasts that repeat what was."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.analysis.number.errors import error_numbers
from core.datasets.features import Series
from core.datasets.spec import DataSpec
from core.datasets.targets import Number

MOST_INPUTS = 1000  # for linear regression: a few seconds for 60,000 examples
_CHUNK = 4096  # rows at once: 33 MB of float64 for 1,000 inputs
_DEPENDENT = 1e-10  # relative singular value below which inputs count as linearly dependent
_ROUNDING = 1e-9  # of a mean: smaller deviations are float32 rounding


def baseline_numbers(
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    learned: np.ndarray,
    spec: DataSpec | None = None,
) -> dict[str, dict[str, float]]:
    """Return the test errors of simple baselines.

    Args:
        x_train, x_test: Examples (n, ...).
        y_train, y_test: True values (n,).
        learned: Training rows to learn from, int (m,), at least one.
        spec: Description of the examples; None for examples that are no series.

    Returns:
        Results of `error_numbers`: `mean` for always predicting the mean, `linear` for linear regression if an
        example has at most 1,000 inputs, and those of `naive_forecasts`.
    """
    mean = float(y_train[learned].mean(dtype=np.float64))
    found = {"mean": error_numbers(y_test, np.full(len(y_test), mean))}
    if np.prod(x_train.shape[1:]) <= MOST_INPUTS:
        weights, offset = linear_regression(x_train, y_train, learned)
        said = [rows @ weights + offset for rows in _flat(x_test, np.arange(len(x_test)))]
        found["linear"] = error_numbers(y_test, np.concatenate(said))
    naive = {} if spec is None else naive_forecasts(x_test, spec)
    return found | {name: error_numbers(y_test, said) for name, said in naive.items()}


def naive_forecasts(x: np.ndarray, spec: DataSpec) -> dict[str, np.ndarray]:
    """Return forecasts of the next step of a series without learning; {} if no column is what is to be forecast.

    Args:
        x: Series, (n, steps, columns).
        spec: Their description.

    Returns:
        `persistence`: the last value (n,); `seasonal`: the value one period before, if the series has a period.
    """
    features, target = spec.features, spec.target
    if not isinstance(features, Series) or not isinstance(target, Number):
        return {}
    places = [place for place, column in enumerate(features.columns) if column.name == target.name]
    if not places:
        return {}
    found = {"persistence": x[:, -1, places[0]]}
    # The value a whole number of periods before, counted from the end of the window
    before = -(-features.horizon // max(features.period, 1)) * features.period - features.horizon + 1
    if features.period > 1 and before <= features.length:
        found["seasonal"] = x[:, -before, places[0]]
    return found


def linear_regression(x: np.ndarray, y: np.ndarray, learned: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the weights (d,) and offset of a least-squares fit; the minimum norm if not unique.

    It solves the normal equations of standardised inputs, so that the rows are never all in memory as float64.

    Args:
        x: Examples (n, ...), d numbers each.
        y: True values (n,).
        learned: Rows to learn from, int (m,), at least one.
    """
    middle = np.sum([rows.sum(0) for rows in _flat(x, learned)], 0) / len(learned)
    mean = y[learned].mean(dtype=np.float64)
    square, product = np.zeros((len(middle), len(middle))), np.zeros(len(middle))
    for rows, truth in zip(_flat(x, learned), _flat(y, learned), strict=True):
        square += (rows - middle).T @ (rows - middle)
        product += (rows - middle).T @ (truth[:, 0] - mean)
    widths = np.sqrt(np.diag(square) / len(learned))
    scale = np.zeros(len(widths))  # constant inputs get weight 0
    np.divide(1, widths, out=scale, where=widths > _ROUNDING * np.abs(middle))
    weights = scale * np.linalg.lstsq(square * np.outer(scale, scale), product * scale, rcond=_DEPENDENT)[0]
    return weights, float(mean - middle @ weights)


def _flat(values: np.ndarray, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the selected rows in chunks, float64 (at most 4,096, d)."""
    for start in range(0, len(rows), _CHUNK):
        found = values[rows[start : start + _CHUNK]].astype(np.float64)
        yield found.reshape(len(found), -1)
