"""What a network forecasts of the test part of a long series, at every snapshot, beside simple methods."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.analysis.number.forecast import PREFIX, run_free, simple_forecasts
from core.datasets import Prepared
from core.datasets.series.long import LongSeries, steps_of
from core.explain.forecast import Forecast

MOST = 300  # test steps that every snapshot forecasts


class TestForecasts:
    """Forecasts of the first test steps, one step ahead and running free.

    Args:
        network: The network in training.
        data: Its data.
        series: The long series that it is.
        learned: Training rows that simple methods learn from, too.
    """

    def __init__(self, network: keras.Model, data: Prepared, series: LongSeries, learned: np.ndarray) -> None:
        self._network, self._forecast = network, Forecast(network)
        self._x, truth = np.asarray(data.x_test[:MOST]), np.asarray(data.y_test[:MOST])
        known = steps_of(data.x_train, data.x_test)[: series.first_test]
        self._how: dict[str, Any] = {
            "since": known[-series.reach :],
            "count": len(truth),
            "place": series.place,
            "back": series.back,
            "horizon": series.features.horizon,
        }
        self._beside = {"before": known[-series.features.length :, series.place], "truth": truth}
        for name, predict in simple_forecasts(data.x_train, data.y_train, np.sort(learned), data.spec).items():
            self._beside[f"ahead_{name}"] = predict(self._x)
            self._beside[f"free_{name}"] = run_free(predict, known, len(truth), series)

    def __call__(self) -> dict[str, np.ndarray]:
        """Return the arrays of the view of forecasts."""
        ahead = self._network(tf.constant(self._x), training=False).numpy()[:, 0].astype(np.float32)
        found = {"ahead": ahead, "free": self._forecast(self._x[0], **self._how)["free"], **self._beside}
        return {f"{PREFIX}{name}": array for name, array in found.items()}
