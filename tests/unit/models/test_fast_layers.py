from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from core.datasets import DATASETS
from core.families.cnn import FAMILY
from core.models.fast_layers import FAST
from core.models.network import build_network, plain_copy

CASES = [  # no kernel narrower than its stride: TensorFlow's own layers go wrong there
    *(("Conv2D", {"filters": 3, "kernel_size": size, "strides": 2, "padding": "same"}, 8, 1) for size in range(2, 7)),
    *(
        ("Conv2DTranspose", {"filters": 2, "kernel_size": size, "strides": 2, "padding": "same"}, 6, 5)
        for size in range(2, 7)
    ),
    ("Conv2D", {"filters": 3, "kernel_size": 5, "strides": 2, "padding": "same"}, 7, 3),  # odd sides have no halves
    ("Conv2D", {"filters": 3, "kernel_size": 5, "strides": 2, "padding": "same", "use_bias": False}, 6, 3),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "valid"}, 8, 1),
    ("Conv2D", {"filters": 3, "kernel_size": (3, 5), "strides": 2, "padding": "same"}, 8, 1),
    ("Conv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "activation": "tanh"}, 8, 1),
    ("Conv2DTranspose", {"filters": 3, "kernel_size": 4, "strides": 3, "padding": "same"}, 4, 2),
    ("BatchNormalization", {"momentum": 0.8, "epsilon": 0.01}, 6, 3),
]


def trained_once(layer: Any, images: np.ndarray, weights: list[np.ndarray]) -> list[np.ndarray]:
    """Return answers, slopes of the input and of the weights, and all weights afterwards."""
    layer(images)
    layer.set_weights(weights)
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(x)
        answers = layer(x, training=True) if isinstance(layer, layers.BatchNormalization) else layer(x)
        loss = tf.reduce_sum(answers**3)
    slopes = tape.gradient(loss, [x, *layer.trainable_variables])
    return [tf.cast(part, tf.float32).numpy() for part in (answers, *slopes, *layer.get_weights())]


@pytest.mark.parametrize(("name", "kwargs", "side", "channels"), CASES)
def test_a_fast_layer_answers_and_learns_as_the_stock_one_does(
    name: str, kwargs: dict[str, Any], side: int, channels: int
) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(1.0, 2.0, (5, side, side, channels)).astype(np.float32)
    stock, fast = getattr(layers, name)(**kwargs), FAST[name](**kwargs)
    stock.build(images.shape)
    weights = [rng.uniform(0.5, 1.5, weight.shape).astype(np.float32) for weight in stock.get_weights()]
    for theirs, mine in zip(trained_once(stock, images, weights), trained_once(fast, images, weights), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())


@pytest.mark.parametrize(("name", "kwargs", "side", "channels"), [CASES[1], CASES[3], CASES[6], CASES[8], CASES[-1]])
def test_in_bfloat16_a_fast_layer_is_as_near_to_the_truth_as_the_stock_one(
    name: str, kwargs: dict[str, Any], side: int, channels: int
) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(1.0, 2.0, (5, side, side, channels)).astype(np.float32)
    images = tf.cast(tf.cast(images, tf.bfloat16), tf.float32).numpy()
    truth, stock, fast = (
        layer(**kwargs, dtype=policy)
        for layer, policy in (
            (getattr(layers, name), "float32"),
            (getattr(layers, name), "mixed_bfloat16"),
            (FAST[name], "mixed_bfloat16"),
        )
    )
    truth.build(images.shape)
    weights = [rng.uniform(0.5, 1.5, weight.shape).astype(np.float32) for weight in truth.get_weights()]
    parts = [trained_once(one, images, weights) for one in (truth, stock, fast)]
    for true, theirs, mine in zip(*parts, strict=True):
        far, rounding = np.abs(theirs - true).max(), 2**-8 * np.abs(true).max()
        assert np.abs(mine - true).max() <= 2 * far + 2 * rounding
        assert np.abs(mine - theirs).max() <= 4 * (far + rounding)


def test_on_a_gpu_where_nothing_was_measured_stock_layers_train(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = DATASETS["mnist_5k"].spec
    specs = FAMILY.layers(FAMILY.presets["fast"].config, spec)
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [f"/{kind}:0"])
    assert not any(type(layer) in FAST.values() for layer in build_network(specs, spec, fast=True).layers)


@pytest.mark.parametrize("training", [True, False])
def test_batch_normalisation_of_lists_of_numbers_is_left_to_keras(training: bool) -> None:
    numbers = np.random.default_rng(0).normal(3.0, 2.0, (6, 4)).astype(np.float32)
    stock, fast = layers.BatchNormalization(), FAST["BatchNormalization"]()
    np.testing.assert_array_equal(stock(numbers, training=training), fast(numbers, training=training))


@pytest.mark.parametrize(("training", "trainable"), [(True, False), (False, True)])
def test_batch_normalisation_that_does_not_learn_uses_its_moving_averages_and_leaves_them(
    training: bool, trainable: bool
) -> None:
    images = np.random.default_rng(0).normal(3.0, 2.0, (6, 2, 2, 2)).astype(np.float32)
    layer = FAST["BatchNormalization"](trainable=trainable, epsilon=0.01)
    layer.build(images.shape)
    gamma, beta, mean, variance = (np.array(pair, np.float32) for pair in ([2, 3], [1, 0], [3, 2], [4, 1]))
    layer.gamma.assign(gamma), layer.beta.assign(beta)
    layer.moving_mean.assign(mean), layer.moving_variance.assign(variance)
    expected = gamma * (images - mean) / np.sqrt(variance + 0.01) + beta
    np.testing.assert_allclose(layer(images, training=training), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(layer.moving_mean, mean)
    np.testing.assert_array_equal(layer.moving_variance, variance)


def test_slopes_of_slopes_pass_through_batch_normalisation_as_in_keras() -> None:
    images = np.random.default_rng(0).normal(1.0, 2.0, (4, 3, 3, 2)).astype(np.float32)

    def penalty_slopes(layer: Any) -> list[np.ndarray]:
        x = tf.constant(images)
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(layer(x, training=True) ** 3)
            penalty = tf.reduce_sum(inner.gradient(total, x) ** 2)
        return [np.array(slope) for slope in outer.gradient(penalty, [x, *layer.trainable_variables[:1]])]

    pairs = zip(penalty_slopes(layers.BatchNormalization()), penalty_slopes(FAST["BatchNormalization"]()), strict=True)
    for theirs, mine in pairs:
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-3 * np.abs(theirs).max())


def test_the_plain_copy_of_a_fast_network_is_made_of_stock_layers_and_answers_alike() -> None:
    spec = DATASETS["mnist_5k"].spec
    specs = FAMILY.layers(FAMILY.presets["fast"].config, spec)
    network = build_network(specs, spec, fast=True)
    images = np.random.default_rng(0).integers(0, 256, (8, *spec.input_shape), np.uint8)
    network(images, training=True)
    plain = plain_copy(network, specs, spec)
    assert any(type(layer) in FAST.values() for layer in network.layers)
    assert not any(type(layer) in FAST.values() for layer in plain.layers)
    np.testing.assert_allclose(plain(images, training=False), network(images, training=False), atol=1e-5)
