import keras
import numpy as np
import pytest

from core.datasets import find_dataset
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.families.image_layers import Conv, Dense, Dropout, Flatten, Pool
from core.models.network import build_network, in_float32
from tests.unit import tiny

CONFIG = CnnConfig(layers=(Conv(filters=3), Pool(), Flatten(), Dense(units=5), Dropout()))
SPECS = FAMILY.layers(CONFIG, tiny.SPEC)
IMAGES = tiny.arrays()["x_train"]


@pytest.fixture
def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_network(SPECS, tiny.SPEC)


def test_layers_have_the_names_and_classes_of_their_specs(network: keras.Model) -> None:
    built = [(type(layer).__name__, layer.name) for layer in network.layers[1:]]
    assert built == [(spec.keras_class, spec.name) for spec in SPECS]


def test_uint8_images_go_in_and_probabilities_come_out(network: keras.Model) -> None:
    answers = network(IMAGES).numpy()
    assert network.input.dtype == "uint8"
    assert (answers.shape, answers.dtype) == ((len(IMAGES), 3), np.float32)
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)


def test_the_network_computes_what_numpy_does(network: keras.Model) -> None:
    kernel, bias, hidden, hidden_bias, last, last_bias = network.get_weights()
    x = IMAGES[..., 0] / 255
    patches = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))  # (n, 6, 6, 3, 3)
    maps = np.maximum(np.einsum("nijkl,klf->nijf", patches, kernel[:, :, 0]) + bias, 0)
    pooled = maps.reshape(len(x), 3, 2, 3, 2, 3).max(axis=(2, 4))
    units = np.maximum(pooled.reshape(len(x), -1) @ hidden + hidden_bias, 0)
    logits = units @ last + last_bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(network(IMAGES, training=False), expected, atol=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_building_leaves_the_policy_of_the_process_alone(policy: str) -> None:
    before = keras.config.dtype_policy().name
    built = build_network(SPECS, tiny.SPEC, policy=policy)
    assert built.get_layer("conv_1").compute_dtype == policy.removeprefix("mixed_")
    assert keras.config.dtype_policy().name == before


def test_a_network_that_cannot_be_built_leaves_the_policy_alone_too() -> None:
    before = keras.config.dtype_policy().name
    impossible = FAMILY.layers(CnnConfig(layers=(Flatten(), Conv())), tiny.SPEC)
    with pytest.raises(ValueError, match="conv"):
        build_network(impossible, tiny.SPEC, policy="mixed_bfloat16")
    assert keras.config.dtype_policy().name == before


def test_a_bfloat16_network_still_gives_float32_probabilities() -> None:
    answers = build_network(SPECS, tiny.SPEC, policy="mixed_bfloat16")(IMAGES).numpy()
    assert answers.dtype == np.float32
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-6)


def test_a_bfloat16_network_rebuilt_in_float32_has_the_same_weights_and_nearly_the_same_answers() -> None:
    keras.utils.set_random_seed(0)
    fast = build_network(SPECS, tiny.SPEC, policy="mixed_bfloat16")
    plain = in_float32(fast, SPECS, tiny.SPEC)
    assert {layer.compute_dtype for layer in plain.layers} == {"float32"}
    for mine, theirs in zip(plain.get_weights(), fast.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    gap = np.abs(plain(IMAGES).numpy() - fast(IMAGES).numpy()).max()
    assert 0 < gap < 0.03  # bfloat16 has 8 bits: 0.4 % an operation


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_built(preset: str) -> None:
    spec = find_dataset("mnist_5k").spec
    network = build_network(FAMILY.layers(PRESETS[preset].config, spec), spec)
    assert network.output_shape == (None, 10)
