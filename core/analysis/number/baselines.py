"""Baselines for regression: the mean and linear regression."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.analysis.number.errors import error_numbers

MOST_INPUTS = 1000  # for linear regression: a few seconds for 60,000 examples
_CHUNK = 4096  # rows at once: 33 MB of float64 for 1,000 inputs
_DEPENDENT = 1e-10  # relative singular value below which inputs count as linearly dependent
_ROUNDING = 1e-9  # of a mean: smaller deviations are float32 rounding


def baseline_numbers(
    x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, learned: np.ndarray
) -> dict[str, dict[str, float]]:
    """Return the test errors of simple baselines.

    Args:
        x_train, x_test: Examples (n, ...).
        y_train, y_test: True values (n,).
        learned: Training rows to learn from, int (m,), at least one.

    Returns:
        Results of `error_numbers`: `mean` for always predicting the mean, and `linear` for linear regression if an
        example has at most 1,000 inputs.
    """
    mean = float(y_train[learned].mean(dtype=np.float64))
    found = {"mean": error_numbers(y_test, np.full(len(y_test), mean))}
    if np.prod(x_train.shape[1:]) <= MOST_INPUTS:
        weights, offset = linear_regression(x_train, y_train, learned)
        said = [rows @ weights + offset for rows in _flat(x_test, np.arange(len(x_test)))]
        found["linear"] = error_numbers(y_test, np.concatenate(said))
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
