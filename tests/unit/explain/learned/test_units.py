"""What single units look for, and what a network does without them."""

import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.exciting import Exciting
from core.explain.learned.inputs import Numbers, Waves
from core.explain.learned.units_off import UnitsOff
from core.explain.learned.visualised import Visualised
from core.families.mlp import FAMILY as MLP
from core.models.network import build_network
from tests.support import tiny, tiny_table

NO_IMAGES = np.zeros((0, *tiny.SPEC.input_shape), np.uint8)
NO_ROWS = np.zeros((0, 3), np.float32)


def output_of(network: keras.Model, layer: str, examples: np.ndarray) -> np.ndarray:
    """Return the mean of each map, or the units, of a layer."""
    found = np.array(keras.Model(network.input, network.get_layer(layer).output)(examples))
    return found.reshape(len(found), -1, found.shape[-1]).mean(1)


def without(network: keras.Model, layer: str, unit: int, x: np.ndarray) -> np.ndarray:
    """Return the answers of a network in which the weights of one unit with ReLU are 0."""
    changed, kept = network.get_layer(layer), network.get_layer(layer).get_weights()
    kernel, bias = (weights.copy() for weights in kept)
    kernel[..., unit] = bias[unit] = 0
    changed.set_weights([kernel, bias])
    answers = np.array(network(x))
    changed.set_weights(kept)
    return answers


@pytest.mark.parametrize(("layer", "unit"), [("conv_1", 1), ("logits", 0)])
def test_what_a_unit_looks_for_excites_it_more_than_any_test_image(
    classifier: keras.Model, images: Prepared, layer: str, unit: int
) -> None:
    found = Visualised(classifier, images)(NO_IMAGES, layer=layer, unit=unit, seed=0, updates=60)
    assert (found["made"].dtype, found["made"].shape) == (np.uint8, tiny.SPEC.input_shape)
    assert found["value"] == pytest.approx(output_of(classifier, layer, found["made"][None])[0, unit], rel=1e-4)
    assert found["value"] > found["begin"]
    assert found["value"] > output_of(classifier, layer, images.x_test)[:, unit].max()
    assert not found["from_test"]


def test_what_a_number_is_highest_for_is_a_row_with_one_word_in_each_column(
    regressor: keras.Model, prices: Prepared
) -> None:
    found = Visualised(regressor, prices)(NO_ROWS, layer="value", unit=0, seed=0, updates=60)
    assert sorted(found["made"][1:]) == [0, 1]
    assert 10 <= found["made"][0] <= 70  # three standard deviations of the age
    grid = np.array([[age, red, 1 - red] for age in np.linspace(10, 70, 61) for red in (0, 1)], np.float32)
    best = output_of(regressor, "value", grid).max()
    assert found["value"] == pytest.approx(float(best), rel=0.02)


def test_a_unit_that_random_images_do_not_reach_begins_at_test_images(
    classifier: keras.Model, images: Prepared
) -> None:
    layer = classifier.get_layer("conv_1")
    kept = layer.get_weights()
    kernel, bias = (weights.copy() for weights in kept)
    kernel[:, :, :, 0], bias[0] = np.array([-0.25, 0.5, -0.25])[None, :, None], -0.4  # sharp bright lines only
    layer.set_weights([kernel, bias])
    found = Visualised(classifier, images)(NO_IMAGES, layer="conv_1", unit=0, seed=0, updates=60)
    bias[0] = -10.0  # nothing is sharp enough
    layer.set_weights([kernel, bias])
    dead = Visualised(classifier, images)(NO_IMAGES, layer="conv_1", unit=0, seed=0, updates=60)
    layer.set_weights(kept)
    assert found["from_test"]
    assert found["value"] > found["begin"]
    assert dead["value"] == 0


def test_inputs_are_the_same_before_and_after_as_free_numbers() -> None:
    images = tiny.arrays()["x_test"]
    paler = np.rint(255 * (0.05 + 0.9 * images / 255))
    waves = Waves(tiny.SPEC.features)  # type: ignore[arg-type]
    np.testing.assert_allclose(waves.examples(waves.of(images)), paler, atol=1)
    numbers, rows = Numbers(tiny_table.TABLE.columns), np.array([[40, 1, 0], [51, 0, 1]], np.float32)
    np.testing.assert_allclose(numbers.examples(numbers.of(rows)), rows, rtol=1e-5)
    assert waves.random(np.random.default_rng(0), 2).dtype == np.float32


def test_the_most_exciting_images_are_those_of_the_highest_output(classifier: keras.Model, images: Prepared) -> None:
    found = Exciting(classifier, images)(images.x_train[:2], layer="residual_1", unit=3, count=11, shown=4)
    outputs = output_of(classifier, "residual_1", images.x_test)
    expected = np.argsort(-outputs[:, 3])[:4]
    assert found["rows"].tolist() == expected.tolist()
    np.testing.assert_array_equal(found["examples"], images.x_test[expected])
    np.testing.assert_allclose(found["values"], outputs[expected, 3], rtol=1e-5)
    np.testing.assert_allclose(found["all"], np.sort(outputs[:, 3]), rtol=1e-5)
    np.testing.assert_allclose(found["units"], outputs.max(0), rtol=1e-5)
    np.testing.assert_allclose(found["active"], (outputs > 0).mean(0))
    given = output_of(classifier, "residual_1", images.x_train[:2])[:, 3]
    np.testing.assert_allclose(found["given"], given, rtol=1e-5)


@pytest.mark.parametrize("layer", ["conv_1", "dense_1"])
def test_a_unit_that_is_off_is_one_whose_weights_are_0(classifier: keras.Model, images: Prepared, layer: str) -> None:
    units = classifier.get_layer(layer).output.shape[-1]
    off = np.concatenate([np.zeros((1, units), bool), np.eye(units, dtype=bool)])
    found = UnitsOff(classifier, images)(NO_IMAGES, layer=layer, off=off, count=11)
    answers = [
        np.array(classifier(images.x_test)),
        *(without(classifier, layer, u, images.x_test) for u in range(units)),
    ]
    for right, answer in zip(found["right"], answers, strict=True):
        hits = images.y_test[answer.argmax(1) == images.y_test]
        assert right.tolist() == np.bincount(hits, minlength=3).tolist()
    assert found["counts"].tolist() == np.bincount(images.y_test, minlength=3).tolist()
    assert found["examined"] == 11


def test_without_units_a_number_is_missed_by_more_or_less(regressor: keras.Model, prices: Prepared) -> None:
    off = np.array([[False] * 5, [True] * 5])
    found = UnitsOff(regressor, prices)(NO_ROWS, layer="dense_1", off=off, count=11)
    plain = np.abs(np.array(regressor(prices.x_test))[:, 0] - prices.y_test).mean()
    assert found["error"][0] == pytest.approx(plain, rel=1e-5)
    assert found["error"][1] != pytest.approx(plain, rel=1e-5)
    assert "counts" not in found


def test_units_that_a_layer_does_not_have_cannot_be_off(classifier: keras.Model, images: Prepared) -> None:
    with pytest.raises(ProbeError, match=r"do not fit, expected bool \(sets, 3\), received bool \(1, 4\)"):
        UnitsOff(classifier, images)(NO_IMAGES, layer="conv_1", off=np.zeros((1, 4), bool), count=11)


def test_points_of_the_plane_are_looked_for_too() -> None:
    spec = tiny_table.spec_of("points of classes")
    network = build_network(MLP.layers(tiny_table.CONFIG, spec), spec)
    data = tiny_table.arrays(*tiny_table.KINDS["points of classes"])
    found = Visualised(network, Prepared("points", "1", spec, **data))(
        np.zeros((0, 2), np.float32), layer="logits", unit=1, seed=0, updates=60
    )
    assert np.abs(found["made"]).max() <= 3
    assert found["value"] > found["begin"]
