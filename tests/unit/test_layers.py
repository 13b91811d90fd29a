import itertools
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.config import Block
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families.cnn import CnnConfig, build_layers
from core.families.image_layers import BatchNorm, Conv, Dense, Dropout, Flatten, GlobalPool, Pool
from core.layers import LayerSpec, total_multiply_adds, total_parameters, trace
from core.models.network import build_network

PADDINGS = st.sampled_from(["valid", "same"])
SMALL = st.integers(1, 4)

on_images = st.one_of(
    st.builds(Conv, filters=SMALL, kernel_size=SMALL, stride=st.integers(1, 3), padding=PADDINGS),
    st.builds(Pool, method=st.sampled_from(["max", "average"]), size=st.integers(2, 3)),
    st.builds(BatchNorm),
    st.builds(Dropout),
)
on_lists = st.one_of(st.builds(Dense, units=SMALL), st.builds(BatchNorm), st.builds(Dropout), st.builds(Flatten))
to_list = st.one_of(st.builds(Flatten), st.builds(GlobalPool, method=st.sampled_from(["max", "average"])))
in_order = st.tuples(st.lists(on_images, max_size=4), to_list, st.lists(on_lists, max_size=3)).map(
    lambda parts: (*parts[0], parts[1], *parts[2])
)


def specs_of(blocks: tuple[Block, ...], shape: tuple[int, int, int]) -> tuple[list[LayerSpec], DataSpec]:
    spec = DataSpec(shape, ("a", "b", "c"), 10, 10)
    return build_layers(CnnConfig(layers=blocks), spec), spec


def spec_of(keras_class: str, **kwargs: Any) -> LayerSpec:
    return LayerSpec(keras_class, kwargs, "it")


@budget(max_examples=40)
@given(in_order, st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
def test_arithmetic_is_what_keras_builds(blocks: tuple[Block, ...], height: int, width: int, channels: int) -> None:
    specs, spec = specs_of(blocks, (height, width, channels))
    try:
        costs = trace(specs, spec.input_shape)
    except ConfigError:
        with pytest.raises(ValueError):  # noqa: PT011  # Keras words it differently for each layer
            build_network(specs, spec)
        return
    network = build_network(specs, spec)
    built = network.layers[1:]  # the first is the input
    assert [cost.output_shape for cost in costs] == [tuple(layer.output.shape[1:]) for layer in built]
    assert [cost.parameters for cost in costs] == [layer.count_params() for layer in built]
    assert total_parameters(costs) == network.count_params()


def test_padding_same_and_overlapping_pools_are_what_keras_builds() -> None:
    specs = [
        LayerSpec("Conv2D", {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same", "use_bias": False}, "a"),
        LayerSpec("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, "b"),
        LayerSpec("LayerNormalization", {}, "c"),
        LayerSpec("AveragePooling2D", {"pool_size": 2, "strides": 1}, "d"),
    ]
    costs = trace(specs, (11, 8, 3))
    built = build_network(specs, DataSpec((11, 8, 3), ("a",), 1, 1)).layers[1:]
    assert [cost.output_shape for cost in costs] == [tuple(layer.output.shape[1:]) for layer in built]
    assert [cost.parameters for cost in costs] == [layer.count_params() for layer in built]


def conv_by_hand(height: int, width: int, channels: int, conv: Conv) -> int:
    """Count the multiplications of a convolution one by one, those with padding included."""
    if conv.padding == "same":
        tops, lefts = range(0, height, conv.stride), range(0, width, conv.stride)
    else:
        tops = range(0, height - conv.kernel_size + 1, conv.stride)
        lefts = range(0, width - conv.kernel_size + 1, conv.stride)
    side = range(conv.kernel_size)
    return sum(1 for _ in itertools.product(tops, lefts, side, side, range(channels), range(conv.filters)))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (2, 3), (5, 4)])
def test_multiply_adds_of_a_convolution_are_those_of_the_loop(padding: str, kernel: int, stride: int) -> None:
    conv = Conv(filters=2, kernel_size=kernel, stride=stride, padding=padding)
    specs, spec = specs_of((conv, Flatten()), (6, 9, 3))
    cost = trace(specs, spec.input_shape)[1]
    assert cost.multiply_adds == conv_by_hand(6, 9, 3, conv)


def test_multiply_adds_of_a_dense_layer_are_those_of_the_loop() -> None:
    specs, spec = specs_of((Flatten(), Dense(units=4)), (2, 3, 1))
    by_hand = sum(1 for _ in itertools.product(range(2 * 3 * 1), range(4)))
    assert trace(specs, spec.input_shape)[2].multiply_adds == by_hand


def test_the_network_costs_the_sum_of_its_layers() -> None:
    specs, spec = specs_of((Conv(filters=2), Flatten(), Dense(units=4)), (5, 5, 1))
    costs = trace(specs, spec.input_shape)
    assert total_multiply_adds(costs) == 3 * 3 * (3 * 3 * 1 * 2) + 18 * 4 + 4 * 3
    assert total_parameters(costs) == (3 * 3 * 1 * 2 + 2) + (18 * 4 + 4) + (4 * 3 + 3)


STACKS: list[tuple[Block, ...]] = [
    (Conv(kernel_size=3),),
    (Conv(kernel_size=3), Conv(kernel_size=4)),
    (Conv(kernel_size=3, stride=2), Conv(kernel_size=3), Conv(kernel_size=2)),
    (Conv(kernel_size=5, padding="same"), Pool(method="average"), Conv(kernel_size=3, padding="same")),
    (Pool(method="average", size=3), Conv(kernel_size=3, stride=2), Pool(method="average"), Conv(kernel_size=2)),
    (Conv(kernel_size=1), BatchNorm(), Dropout(), Conv(kernel_size=2, stride=3), Conv(kernel_size=3)),
]


@pytest.mark.parametrize("blocks", STACKS)
def test_the_receptive_field_is_the_square_of_pixels_that_move_one_output(blocks: tuple[Block, ...]) -> None:
    side = 61
    specs = specs_of((*blocks, Flatten()), (side, side, 1))[0][1 : len(blocks) + 1]
    network = keras.Sequential([getattr(keras.layers, spec.keras_class)(**spec.kwargs) for spec in specs])
    image = tf.ones((1, side, side, 1))
    network(image)
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):  # positive weights, so that no two paths cancel out
            layer.set_weights([np.ones(weight.shape) for weight in layer.get_weights()])
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps = network(image)
        one = maps[0, maps.shape[1] // 2, maps.shape[2] // 2, 0]
    moved = np.abs(tape.gradient(one, image)[0, :, :, 0].numpy()) > 0
    rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
    expected = trace(specs, (side, side, 1))[-1].receptive_field
    assert rows[-1] - rows[0] + 1 == expected
    assert columns[-1] - columns[0] + 1 == expected


@pytest.mark.parametrize("gather", [Flatten(), GlobalPool()])
def test_after_flatten_or_global_pooling_all_is_seen(gather: Block) -> None:
    specs, spec = specs_of((Conv(), gather, Dense(units=2), BatchNorm()), (5, 5, 1))
    fields = [cost.receptive_field for cost in trace(specs, spec.input_shape)]
    assert fields == [1, 3, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("blocks", "culprit"),
    [
        ((Dense(),), "dense_1"),
        ((Conv(), Dense()), "dense_1"),
        ((Flatten(), Conv()), "conv_1"),
        ((Flatten(), Pool()), "pool_1"),
        ((GlobalPool(), GlobalPool()), "global_pool_2"),
        ((Flatten(), GlobalPool()), "global_pool_1"),
        ((Conv(kernel_size=9), Flatten()), "conv_1"),
        ((Pool(size=5), Pool(), Flatten()), "pool_2"),
        ((Pool(size=8), Pool(size=8), Flatten()), "pool_1"),
        ((), "logits"),
        ((Conv(),), "logits"),
    ],
)
def test_an_impossible_order_names_the_layer_and_says_what_to_do(blocks: tuple[Block, ...], culprit: str) -> None:
    specs, spec = specs_of(blocks, (7, 8, 1))
    with pytest.raises(ConfigError) as caught:
        trace(specs, spec.input_shape)
    assert caught.value.field == "layers"
    assert culprit in caught.value.what
    assert caught.value.fix


def test_a_window_as_big_as_the_map_is_possible_and_one_pixel_more_is_not() -> None:
    fits = trace([spec_of("Conv2D", filters=1, kernel_size=5)], (5, 7, 1))
    assert fits[0].output_shape == (1, 3, 1)
    with pytest.raises(ConfigError, match="5x7 map is smaller than the 6x6 window"):
        trace([spec_of("Conv2D", filters=1, kernel_size=6)], (5, 7, 1))
