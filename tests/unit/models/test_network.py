from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, example, given
from hypothesis import settings as budget

from core.datasets import DATASETS, DataSpec
from core.datasets.features import Image
from core.datasets.targets import Classes
from core.errors import ConfigError
from core.families.cnn import FAMILY, PRESETS, CnnConfig
from core.layers import LayerSpec, trace
from core.layers.blocks import Conv, Dense, Dropout, Flatten, GlobalPool, LayerNorm, Pool, Residual, SeparableConv
from core.models.network import build_network, plain_copy
from core.program.writer import print_layers
from core.schedule.plan import Plan
from core.training.batches import Batches
from tests.support import tiny
from tests.support.random_configs import small_configs, small_specs

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


def test_a_bfloat16_network_rebuilt_plain_copy_has_the_same_weights_and_nearly_the_same_answers() -> None:
    keras.utils.set_random_seed(0)
    fast = build_network(SPECS, tiny.SPEC, policy="mixed_bfloat16")
    plain = plain_copy(fast, SPECS, tiny.SPEC)
    assert {layer.compute_dtype for layer in plain.layers} == {"float32"}
    for mine, theirs in zip(plain.get_weights(), fast.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    gap = np.abs(plain(IMAGES).numpy() - fast(IMAGES).numpy()).max()
    assert 0 < gap < 0.03  # bfloat16 has 8 bits: 0.4 % an operation


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_built(preset: str) -> None:
    spec = DATASETS["mnist_5k"].spec
    network = build_network(FAMILY.layers(PRESETS[preset].config, spec), spec)
    assert network.output_shape == (None, 10)


def test_the_start_and_the_price_of_weights_reach_every_kernel_and_the_last_one_too() -> None:
    config = replace(CONFIG, initializer="zeros", l1=0.01, l2=0.02)
    network = build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC)
    kernels = [weight for weight in network.trainable_variables if weight.name == "kernel"]
    assert [kernel.path.split("/")[0] for kernel in kernels] == ["conv_1", "dense_1", "logits"]
    assert not any(kernel.numpy().any() for kernel in kernels)
    for kernel in kernels:
        kernel.assign(np.full(kernel.shape, -0.5))
    values = sum(kernel.numpy().size for kernel in kernels)
    assert float(sum(network.losses)) == pytest.approx(values * (0.01 * 0.5 + 0.02 * 0.25), rel=1e-5)


def test_where_all_weights_are_zero_only_the_last_bias_has_a_gradient() -> None:
    config = replace(PRESETS["bad_zeros"].config, layers=CONFIG.layers)
    network = build_network(FAMILY.layers(config, tiny.SPEC), tiny.SPEC)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_sum(tf.math.log(network(IMAGES)[:, 0]))
    gradients = tape.gradient(loss, network.trainable_variables)
    found = {weight.path: bool(np.any(g)) for weight, g in zip(network.trainable_variables, gradients, strict=True)}
    assert [path for path, is_moved in found.items() if is_moved] == ["logits/bias"]


# The printed layers


def printed_network(specs: list[LayerSpec], spec: DataSpec) -> keras.Model:
    inputs = keras.Input(spec.input_shape, dtype="uint8", name="input")
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers, "x": inputs}
    exec(print_layers(specs), names)
    return keras.Model(inputs, names["x"])


def noise_for(network: keras.Model) -> list[np.ndarray]:
    """Return random weights; a variance is positive."""
    rng = np.random.default_rng(0)
    noise = [rng.normal(0, 0.5, weight.shape) for weight in network.weights]
    is_variance = [weight.name == "moving_variance" for weight in network.weights]
    return [np.abs(w) + 0.1 if positive else w for w, positive in zip(noise, is_variance, strict=True)]


EVERYTHING = CnnConfig(
    layers=(
        Conv(filters=2, dilation=2, activation="leaky_relu"),
        Residual(filters=2, activation="elu"),
        Residual(filters=3, stride=2),
        LayerNorm(),
        Pool(size=2, stride=1),
        SeparableConv(filters=3, padding="same", activation="tanh"),
        GlobalPool(),
        Dense(units=4, activation="gelu"),
    ),
    initializer="he_normal",
    l1=1e-6,
    l2=0.1,
)


@budget(max_examples=15)
@given(small_configs, small_specs)
@example(EVERYTHING, DataSpec(Image(11, 12, 3), Classes(("a", "b", "c")), 1, 1))
@example(replace(EVERYTHING, l1=0.0), DataSpec(Image(12, 11, 1), Classes(("a", "b")), 1, 1))
@example(replace(EVERYTHING, l2=0.0, initializer="zeros"), DataSpec(Image(11, 11, 2), Classes(("a", "b")), 1, 1))
def test_the_printed_layers_are_the_network_and_compute_the_same(config: CnnConfig, spec: DataSpec) -> None:
    specs = FAMILY.layers(config, spec)
    assume(is_possible(specs, spec))
    built, printed = build_network(specs, spec), printed_network(specs, spec)
    assert [layer.name for layer in printed.layers] == [layer.name for layer in built.layers]
    assert [layer.output.shape for layer in printed.layers] == [layer.output.shape for layer in built.layers]
    assert printed.count_params() == built.count_params()
    assert [layer.get_config() for layer in printed.layers] == [layer.get_config() for layer in built.layers]
    noise = noise_for(built)
    for network in (built, printed):
        network.set_weights(noise)
    images = np.random.default_rng(1).integers(0, 256, (3, *spec.input_shape), dtype=np.uint8)
    answers = built(images, training=False).numpy()
    assert np.isfinite(answers).all()
    np.testing.assert_array_equal(printed(images, training=False).numpy(), answers)
    assert [float(loss) for loss in printed.losses] == [float(loss) for loss in built.losses]


def is_possible(specs: list[LayerSpec], spec: DataSpec) -> bool:
    try:
        trace(specs, spec.input_shape)
    except ConfigError:
        return False
    return True


# What TensorFlow does below the network


@pytest.mark.parametrize("block", [Residual(filters=8, stride=2), Conv(filters=8, kernel_size=1, stride=2)])
def test_a_stride_wider_than_its_kernel_can_be_trained_on_a_batch_of_any_size(block: Any) -> None:
    """TensorFlow with oneDNN on AVX-512 writes beyond its memory, and ends, if threads cannot share a batch evenly."""
    spec = DataSpec(Image(28, 28, 1), Classes(("a", "b")), 1, 1)
    network = build_network(FAMILY.layers(CnnConfig(layers=(block, GlobalPool())), spec), spec)

    @tf.function
    def gradients(images: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            answer = network(images, training=True)[0, 0]
        return tape.gradient(answer, network.trainable_variables)

    for examples in (1, 3, 7):
        plan = Plan(examples, batch_size=8, epochs=1)
        images = np.zeros((examples, 28, 28, 1), np.uint8)
        (batch,) = Batches([images], plan, seed=0).batch(tf.constant(0, tf.int64))
        for _ in range(20):
            assert all(np.isfinite(one).all() for one in gradients(batch))
            assert all(np.empty(size).size == size for size in (10, 100, 1000, 10000))  # torn memory ends the process
