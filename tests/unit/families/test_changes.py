"""Networks that forecast by how much a series changes."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.measured import MEASURED
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.errors import ConfigError, ProbeError
from core.explain.forecast import Forecast
from core.families.sequence.config import SequenceConfig, build_layers, unused
from core.layers import total_parameters, trace
from core.layers.recurrent import Gru
from core.models.network import build_network

CONFIG, GROWTH = (SequenceConfig(layers=(Gru(units=3),), forecasts=kind) for kind in ("change", "growth"))
LEVEL, OTHER = Column("level", mean=50.0, spread=4.0), Column("other", mean=-1.0, spread=0.5)
LARGER = Column("larger", mean=70.0, spread=30.0)


def spec_of(*columns: Column) -> DataSpec:
    return DataSpec(Series(columns, 5, 0, Clock("2000", "Y")), Number("level", "m", LEVEL.mean, LEVEL.spread), 20, 5)


def test_growth_is_a_share_of_the_last_value_whatever_the_unit_of_the_series() -> None:
    spec, place = spec_of(LARGER, LEVEL), 1
    specs = build_layers(GROWTH, spec)
    network, costs = build_network(specs, spec), trace(specs, spec.input_shape)
    assert all(cost.output_shape == network.get_layer(cost.spec.name).output.shape[1:] for cost in costs[1:])
    x = np.random.default_rng(0).uniform(20, 80, (6, *spec.input_shape)).astype(np.float32)
    shares = network(x).numpy()[:, 0] / x[:, -1, place]
    np.testing.assert_allclose(network(7 * x).numpy()[:, 0] / x[:, -1, place], 7 * shares, rtol=1e-4)
    assert np.abs(shares - 1).max() > 1e-3
    value = network.get_layer("value")
    value.set_weights([0 * weight for weight in value.get_weights()])
    np.testing.assert_allclose(network(x).numpy()[:, 0], x[:, -1, place], rtol=1e-5)
    how = {"count": 2, "place": place, "back": 1, "horizon": 1}
    forecast = Forecast(network)
    np.testing.assert_allclose(forecast(x[0], since=x[0], **how)["free"], x[0, -1, place], rtol=1e-5)
    with pytest.raises(ProbeError, match="above 0"):
        forecast(x[0], since=0 * x[0], **how)


def test_growth_is_refused_where_a_value_may_not_be_above_0() -> None:
    spec = spec_of(LEVEL)
    with pytest.raises(ConfigError, match="not above 0"):
        GROWTH.validate(spec)
    GROWTH.validate(replace(spec, features=replace(spec.features, above_zero=True)))
    assert [data.spec.features.above_zero for data in MEASURED] == [False, True, True, True]


@pytest.mark.parametrize("columns", [(LEVEL,), (OTHER, LEVEL)], ids=len)
def test_without_a_change_the_last_value_is_forecast_and_a_shifted_series_changes_alike(
    columns: tuple[Column, ...],
) -> None:
    spec = spec_of(*columns)
    keras.utils.set_random_seed(0)
    specs = build_layers(CONFIG, spec)
    network, costs = build_network(specs, spec), trace(specs, spec.input_shape)
    assert total_parameters(costs) == network.count_params()
    assert all(cost.output_shape == network.get_layer(cost.spec.name).output.shape[1:] for cost in costs)
    x = np.random.default_rng(0).normal(50, 4, (6, *spec.input_shape)).astype(np.float32)
    place = columns.index(LEVEL)
    changes = network(x).numpy()[:, 0] - x[:, -1, place]
    np.testing.assert_allclose(network(x + 100).numpy()[:, 0] - x[:, -1, place] - 100, changes, atol=1e-3)
    assert np.abs(changes).max() > 1e-3
    value = network.get_layer("value")
    value.set_weights([0 * weight for weight in value.get_weights()])
    np.testing.assert_allclose(network(x).numpy()[:, 0], x[:, -1, place], rtol=1e-5)


def test_data_that_is_no_long_series_has_no_such_choice() -> None:
    spec = spec_of(LEVEL)
    apart = replace(spec, features=Series((LEVEL,), 5))
    assert "forecasts" not in unused(CONFIG, spec)
    assert "forecasts" in unused(CONFIG, apart)
    assert build_layers(CONFIG, apart) == build_layers(replace(CONFIG, forecasts="value"), apart)
