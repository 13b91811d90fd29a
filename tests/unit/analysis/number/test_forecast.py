"""Forecasts that go into the next, against sums by hand and against the network's own loop."""

import keras
import numpy as np
import pytest

from core.analysis.number.baselines import naive_forecasts
from core.analysis.number.forecast import PREFIX, run_free, scores, simple_forecasts
from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.long import LongSeries, is_long, long_series, steps_of
from core.datasets.series.measured import windows
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.errors import ProbeError
from core.explain.forecast import Forecast
from core.figures.forecast import draw_forecasts


def spec_of(columns: tuple[str, ...] = ("level",), length: int = 2, period: int = 3, horizon: int = 1) -> DataSpec:
    features = Series(tuple(map(Column, columns)), length, period, Clock("2000-01", "M"), horizon)
    return DataSpec(features, Number("level", "m"), 10, 4)


def long(spec: DataSpec) -> LongSeries:
    found = long_series(spec)
    assert found is not None
    return found


def test_each_forecast_goes_into_the_next() -> None:
    known = np.array([[1.0], [1.0]], np.float32)
    said = run_free(lambda windows: windows.sum(1)[:, 0], known, 5, long(spec_of(period=0)))
    assert said.tolist() == [2, 3, 5, 8, 13]  # Fibonacci's numbers


def test_further_ahead_a_window_ends_a_horizon_before() -> None:
    known = np.arange(1, 7, dtype=np.float32)[:, None]
    series = long(spec_of(length=1, period=0, horizon=3))
    assert run_free(lambda windows: windows[:, 0, 0], known, 5, series).tolist() == [4, 5, 6, 4, 5]
    rows = np.arange(8, dtype=np.float32).reshape(1, 8, 1)
    found = naive_forecasts(rows, spec_of(length=8, period=2, horizon=3))  # for step 10; 8 would not be known
    assert {name: said.tolist() for name, said in found.items()} == {"persistence": [7], "seasonal": [6]}


def test_other_columns_are_as_a_period_before() -> None:
    known = np.array([[0, 1], [0, 2], [0, 3]], np.float32)
    said = run_free(lambda windows: windows[:, -1, 1], known, 4, long(spec_of(("level", "other"))))
    assert said.tolist() == [3, 1, 2, 3]


def test_a_network_runs_free_in_its_own_loop_as_step_by_step() -> None:
    keras.utils.set_random_seed(3)
    window = keras.Input((4, 2))
    network = keras.Model(window, keras.layers.Dense(1)(keras.layers.Flatten()(window)))
    spec = spec_of(("other", "level"), length=4, period=3, horizon=2)
    known, series = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32), long(spec)
    expected = run_free(lambda windows: network(windows).numpy()[:, 0], known, 6, series)
    how = {"place": series.place, "back": series.back, "horizon": 2}
    said = Forecast(network)(known[-4:], since=known[-series.reach :], count=6, **how)["free"]
    np.testing.assert_allclose(said, expected, rtol=1e-5)
    with pytest.raises(ProbeError, match="this many steps"):
        Forecast(network)(known[-4:], since=known, count=0, **how)


def test_linear_autoregression_goes_on_with_a_wave_for_ever() -> None:
    wave = np.sin(2 * np.pi * np.arange(60) / 12).astype(np.float32)
    x, y = windows(wave[:40], 2)
    spec = spec_of(period=12)
    ways = simple_forecasts(x, y, np.arange(len(y)), spec)
    assert set(ways) == {"linear", "persistence"}  # a period before is not in the window
    np.testing.assert_allclose(run_free(ways["linear"], wave[:40, None], 20, long(spec)), wave[40:], atol=1e-3)


def test_what_is_drawn_says_dates_units_and_errors() -> None:
    spec = spec_of()
    arrays = {"truth": [1.0, 2, 3, 4], "before": [0.0, 0], "ahead": [1.0, 2, 3, 6], "free": [0.0] * 4}
    arrays |= {"ahead_persistence": [0.0, 1, 2, 3], "free_persistence": [0.0] * 4}
    found = {f"{PREFIX}{name}": np.array(values, np.float32) for name, values in arrays.items()}
    assert scores(found)[""] == pytest.approx({"ahead": 1.0, "free": 7.5**0.5})
    [plot] = draw_forecasts(found, spec)
    lines = {line.name: line for line in plot.figure.data}
    assert lines["what came"].x[0] == "2001-01"  # ten windows of two months, and the one after them
    assert plot.figure.layout.yaxis.title.text == "level (m)"
    assert "the network: one step ahead 1 m, running free 2.739 m" in plot.text
    assert draw_forecasts({}, spec) == []


def test_windows_that_stand_alone_are_no_long_series() -> None:
    assert not is_long(DataSpec(Series((Column("level"),), 2), Number("level"), 10, 4))
    x, _ = windows(np.arange(9, dtype=np.float32), 3)
    assert steps_of(x[:4], x[4:])[:, 0].tolist() == list(range(8))
