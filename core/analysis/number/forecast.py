"""Forecasts of a series that run free: each goes into the next, as if nothing after a moment were known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from core.analysis.number.baselines import linear_regression, naive_forecasts
from core.analysis.number.errors import error_numbers
from core.datasets.series.long import LongSeries
from core.datasets.spec import DataSpec

PREFIX, WAYS = "forecast/", ("ahead", "free")  # in the names of the arrays of a snapshot
Predict = Callable[[np.ndarray], np.ndarray]  # windows float32 (n, steps, columns) -> numbers (n,)


def run_free(predict: Predict, known: np.ndarray, steps: int, series: LongSeries) -> np.ndarray:
    """Return forecasts of the steps after what is known, float32 (steps,).

    Of other columns nothing is known then: they are taken to be as they were a period before, or else as at last.

    Args:
        predict: What forecasts from windows.
        known: The series so far, (n, columns), at least `series.reach` steps.
        steps: How many to forecast.
        series: Description of the series.
    """
    found = np.concatenate([known, np.zeros((steps, known.shape[1]), known.dtype)])
    for now in range(len(known), len(found)):
        end = now - series.features.horizon + 1
        found[now] = found[now - series.back]
        found[now, series.place] = predict(found[None, end - series.features.length : end])[0]
    return found[len(known) :, series.place]


def simple_forecasts(
    x_train: np.ndarray, y_train: np.ndarray, learned: np.ndarray, spec: DataSpec
) -> dict[str, Predict]:
    """Return simple methods that forecast from windows.

    Args:
        x_train, y_train: Windows and the values to forecast.
        learned: Training rows that linear regression learns from, int (m,).
        spec: Description of the series.

    Returns:
        `linear`, an autoregression by least squares; `persistence`; and `seasonal` if the series has a period.
    """
    weights, offset = linear_regression(x_train, y_train, learned)

    def linear(windows: np.ndarray) -> np.ndarray:
        said: np.ndarray = windows.reshape(len(windows), -1) @ weights + offset
        return said.astype(np.float32)

    naive = {name: partial(_naive, spec=spec, name=name) for name in naive_forecasts(x_train[:1], spec)}
    return {"linear": linear, **naive}


def _naive(windows: np.ndarray, spec: DataSpec, name: str) -> np.ndarray:
    return naive_forecasts(windows, spec)[name]


def scores(arrays: Mapping[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return the errors (RMSE) of the network, named "", and of simple methods: `ahead`, one horizon, and `free`."""
    truth, start = arrays[f"{PREFIX}truth"], f"{PREFIX}free"
    names = sorted(name.removeprefix(start).removeprefix("_") for name in arrays if name.startswith(start))
    return {
        name: {way: error_numbers(truth, arrays[f"{PREFIX}{way}_{name}".rstrip("_")])["rmse"] for way in WAYS}
        for name in names
    }
