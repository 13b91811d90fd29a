"""Inputs made of a point: the same in Keras, in NumPy, in a saved network and in the printed code."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bundle.networks import check_networks
from core.datasets import DATASETS
from core.errors import ConfigError
from core.explain.backprop.read import inputs_of
from core.families.mlp import FAMILY, PRESETS, MlpConfig
from core.families.mlp.config import build_layers, unused_settings
from core.layers.derived import RAW, TITLES, derive, derived_layers, print_derived, split_derived
from core.layers.shapes import trace
from core.models.network import build_network
from core.program.writer import print_layers
from tests.support import tiny_table

POINTS = tiny_table.spec_of("points of classes")
some = st.lists(st.sampled_from(list(TITLES)), min_size=1, unique=True).map(
    lambda chosen: tuple(one for one in TITLES if one in chosen)
)


@given(some)
def test_each_choice_of_inputs_is_found_again_in_the_layers_that_compute_it(chosen: tuple[str, ...]) -> None:
    specs = derived_layers(chosen)
    derived, rest = split_derived(specs)
    assert rest == []
    assert derived == (() if chosen == RAW else chosen)
    if specs:
        assert trace(specs, (2,))[-1].output_shape == (len(chosen),)
    assert MlpConfig(inputs=",".join(reversed(chosen))).inputs == ",".join(chosen)


@pytest.mark.parametrize("chosen", [tuple(TITLES)])
def test_keras_computes_what_numpy_computes_also_when_it_is_loaded_again(
    tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    network = build_network(derived_layers(chosen), POINTS)
    network.save(tmp_path / "model.keras")
    check_networks([tmp_path / "model.keras"])  # which anybody may import
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 2)).astype(np.float32)
    expected = {"x": points[:, 0], "xy": points.prod(1), "sin_y": np.sin(4 * points[:, 1])}
    given = keras.Input((2,))
    names = {"keras": keras, "layers": keras.layers, "x": given}
    exec(print_layers(derived_layers(chosen)), names)
    assert inputs_of(network, points).shape == (50, len(chosen))
    np.testing.assert_allclose(inputs_of(network, points), derive(chosen, points), atol=1e-6)
    for model in (network, keras.saving.load_model(tmp_path / "model.keras"), keras.Model(given, names["x"])):
        made = np.asarray(model(points))
        np.testing.assert_allclose(made, derive(chosen, points), atol=1e-6)
        for one in set(expected) & set(chosen):
            np.testing.assert_allclose(made[:, chosen.index(one)], expected[one], atol=1e-6)
    np.testing.assert_allclose(eval(print_derived(chosen), {"np": np, "x": points}), derive(chosen, points), atol=1e-6)


def test_they_are_a_setting_of_points_alone() -> None:
    config = replace(PRESETS["xor"].config, inputs="x,y,xy")
    config.validate(POINTS)
    assert "inputs" not in unused_settings(config, POINTS)
    iris = DATASETS["iris"].spec
    assert "inputs" in unused_settings(MlpConfig(), iris)
    with pytest.raises(ConfigError, match="Inputs is for points of the plane, and this data is rows"):
        config.validate(iris)
    with pytest.raises(ConfigError, match="one or more, joined by commas, of x, y"):
        replace(config, inputs="z")
    assert len(build_layers(PRESETS["xor"].config, POINTS)) + len(derived_layers(("x", "y", "xy"))) == len(
        build_layers(config, POINTS)
    )
    program = "\n".join(part.code for part in FAMILY.program(config, DATASETS["xor"]))
    assert "layers.Multiply" in program
