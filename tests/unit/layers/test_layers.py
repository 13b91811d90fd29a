import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.errors import ConfigError
from core.families.cnn import CnnConfig, build_layers
from core.layers import LayerCost, LayerSpec, steps, total_multiply_adds, total_parameters, trace
from core.layers.blocks import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerBlock,
    LayerNorm,
    Pool,
    Residual,
    SeparableConv,
    to_specs,
)
from core.models.network import build_network
from tests.support.random_configs import SMALL, made_from_fields, small_configs, small_specs


def specs_of(blocks: tuple[LayerBlock, ...], shape: tuple[int, int, int]) -> tuple[list[LayerSpec], DataSpec]:
    spec = DataSpec(Image(*shape), Classes(("a", "b", "c")), 10, 10)
    return build_layers(CnnConfig(layers=blocks), spec), spec


def spec_of(keras_class: str, **kwargs: Any) -> LayerSpec:
    return LayerSpec(keras_class, kwargs, "it")


def followed(specs: Sequence[LayerSpec], spec: DataSpec) -> tuple[list[LayerCost], ConfigError | None]:
    """Trace as far as it is possible; say what was not."""
    costs: list[LayerCost] = []
    try:
        for cost in steps(specs, spec.input_shape):
            costs.append(cost)
    except ConfigError as error:
        return costs, error
    return costs, None


def built(specs: Sequence[LayerSpec], spec: DataSpec) -> keras.Model | None:
    """Build as Keras does; none where it refuses.

    A dense layer on an image is refused too: Keras would give each pixel one of its own, and each pixel an answer.
    """
    try:
        network = build_network(specs, spec)
    except ValueError:
        return None
    on_image = (isinstance(layer, keras.layers.Dense) and len(layer.input.shape) > 2 for layer in network.layers)
    return None if any(on_image) else network


def test_arithmetic_is_what_keras_builds_and_refuses() -> None:
    seen: Counter[object] = Counter()

    @budget(max_examples=130)
    @given(small_configs, small_specs)
    def check(config: CnnConfig, spec: DataSpec) -> None:
        specs = build_layers(config, spec)
        costs, error = followed(specs, spec)
        seen.update({error is None, *((type(block), error is None) for block in config.layers)})
        if error:
            assert error.field == specs[len(costs)].seen_as
            assert built(specs[: len(costs)], spec)
            assert not built(specs[: len(costs) + 1], spec)
            return
        network = built(specs, spec)
        assert network is not None
        layers = {layer.name: layer for layer in network.layers[1:]}  # the first is the input
        assert {c.spec.name: c.output_shape for c in costs} == {n: of.output.shape[1:] for n, of in layers.items()}
        assert {c.spec.name: c.parameters for c in costs} == {n: of.count_params() for n, of in layers.items()}
        assert total_parameters(costs) == network.count_params()

    check()
    assert seen[True] + seen[False] == 130
    assert 9 < seen[False] < 90  # both sides are tried
    assert all(seen[kind, True] for kind in SMALL)  # which are drawn depends on what else is imported


def test_unequal_shapes_cannot_be_added() -> None:
    specs = [
        LayerSpec("Conv2D", {"filters": 2, "kernel_size": 3}, "a"),
        LayerSpec("Conv2D", {"filters": 2, "kernel_size": 2}, "b"),
        LayerSpec("Add", {}, "sum", ("a", "b"), block="residual_1"),
    ]
    costs, error = followed(specs, DataSpec(Image(6, 6, 1), Classes(("a",)), 1, 1))
    assert [cost.spec.name for cost in costs] == ["a", "b"]
    assert error is not None
    assert error.field == "residual_1"
    assert "4x4x2 and 3x3x2" in str(error)
    assert built(specs, DataSpec(Image(6, 6, 1), Classes(("a",)), 1, 1)) is None


def test_padding_same_and_overlapping_pools_are_what_keras_builds() -> None:
    specs = [
        LayerSpec("Conv2D", {"filters": 2, "kernel_size": 4, "strides": 3, "padding": "same", "use_bias": False}, "a"),
        LayerSpec("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, "b"),
        LayerSpec("LayerNormalization", {}, "c"),
        LayerSpec("AveragePooling2D", {"pool_size": 2, "strides": 1}, "d"),
    ]
    costs = trace(specs, (11, 8, 3))
    built = build_network(specs, DataSpec(Image(11, 8, 3), Classes(("a",)), 1, 1)).layers[1:]
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


def separable_by_hand(height: int, width: int, channels: int, conv: SeparableConv) -> int:
    """Count one by one: a kernel for each channel at each place, then a sum over the channels for each filter."""
    count, side = 0, range(conv.kernel_size)
    is_same = conv.padding == "same"
    for top, left in itertools.product(range(0, height, conv.stride), range(0, width, conv.stride)):
        if not is_same and (top + conv.kernel_size > height or left + conv.kernel_size > width):
            continue
        count += sum(1 for _ in itertools.product(side, side, range(channels)))
        count += sum(1 for _ in itertools.product(range(channels), range(conv.filters)))
    return count


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (3, 2), (2, 3), (5, 4)])
def test_multiply_adds_of_a_separable_convolution_are_those_of_the_loop(padding: str, kernel: int, stride: int) -> None:
    conv = SeparableConv(filters=5, kernel_size=kernel, stride=stride, padding=padding)
    specs, spec = specs_of((conv, Flatten()), (6, 9, 3))
    cost = trace(specs, spec.input_shape)[1]
    assert cost.multiply_adds == separable_by_hand(6, 9, 3, conv)


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 2), (2, 3), (1, 3)])
def test_a_dilated_convolution_multiplies_where_its_stretched_kernel_fits(kernel: int, dilation: int) -> None:
    specs, spec = specs_of((Conv(filters=2, kernel_size=kernel, dilation=dilation), Flatten()), (6, 9, 3))
    span = (kernel - 1) * dilation
    places = [(top, left) for top in range(6) for left in range(9) if top + span < 6 and left + span < 9]
    taps = range(0, span + 1, dilation)
    by_hand = sum(1 for _ in itertools.product(places, taps, taps, range(3), range(2)))
    assert trace(specs, spec.input_shape)[1].multiply_adds == by_hand


def test_multiply_adds_of_a_dense_layer_are_those_of_the_loop() -> None:
    specs, spec = specs_of((Flatten(), Dense(units=4)), (2, 3, 1))
    by_hand = sum(1 for _ in itertools.product(range(2 * 3 * 1), range(4)))
    assert trace(specs, spec.input_shape)[2].multiply_adds == by_hand


def test_the_network_costs_the_sum_of_its_layers() -> None:
    specs, spec = specs_of((Conv(filters=2), Flatten(), Dense(units=4)), (5, 5, 1))
    costs = trace(specs, spec.input_shape)
    assert total_multiply_adds(costs) == 3 * 3 * (3 * 3 * 1 * 2) + 18 * 4 + 4 * 3
    assert total_parameters(costs) == (3 * 3 * 1 * 2 + 2) + (18 * 4 + 4) + (4 * 3 + 3)


SEEN_SIDE = 81


def on_pixels(blocks: Sequence[LayerBlock]) -> list[LayerSpec]:
    """The layers, after one that lets a gradient through to its output: the network's own input is uint8."""
    return [LayerSpec("Rescaling", {"scale": 1.0}, "pixels"), *to_specs(blocks, "pixels", 1)]


def traced_field(blocks: Sequence[LayerBlock]) -> int:
    return trace(on_pixels(blocks), (SEEN_SIDE, SEEN_SIDE, 1))[-1].receptive_field


def sides_that_move_one_output(blocks: Sequence[LayerBlock]) -> tuple[int, int]:
    """Return (height, width) of the pixels that the output in the middle depends on, by its gradient."""
    network = build_network(on_pixels(blocks), DataSpec(Image(SEEN_SIDE, SEEN_SIDE, 1), Classes(("a",)), 1, 1))
    for layer in network.layers:
        if "Conv2D" in type(layer).__name__:  # positive weights, so that no two paths cancel out
            layer.set_weights([np.full(weight.shape, 1 / weight.size) for weight in layer.get_weights()])
    looked = keras.Model(network.get_layer("pixels").output, network.output)

    @tf.function  # a graph leaves out the kernels' gradients, which nobody asks for
    def moved_by(image: tf.Tensor) -> tf.Tensor:
        maps = looked(image)
        return tf.gradients(maps[0, maps.shape[1] // 2, maps.shape[2] // 2, 0], image)[0]

    moved = moved_by(tf.ones((1, SEEN_SIDE, SEEN_SIDE, 1)))[0, :, :, 0].numpy() > 0
    rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


STACKS: list[tuple[LayerBlock, ...]] = [
    (Conv(kernel_size=3),),
    (Conv(kernel_size=3), Conv(kernel_size=4)),
    (Conv(kernel_size=3, stride=2), Conv(kernel_size=3), Conv(kernel_size=2)),
    (Conv(kernel_size=5, padding="same"), Pool(method="average"), Conv(kernel_size=3, padding="same")),
    (Pool(method="average", size=3), Conv(kernel_size=3, stride=2), Pool(method="average"), Conv(kernel_size=2)),
    (Conv(kernel_size=1), BatchNorm(), Dropout(), Conv(kernel_size=2, stride=3), Conv(kernel_size=3)),
    (Conv(kernel_size=3, dilation=2),),
    (Conv(kernel_size=2, stride=2), Conv(kernel_size=3, dilation=3, padding="same"), Conv(kernel_size=3)),
    (SeparableConv(kernel_size=5, stride=2), SeparableConv(kernel_size=3, padding="same"), Conv(kernel_size=2)),
    (Pool(method="average", size=3, stride=1), Pool(method="average", size=3, stride=2), Conv(kernel_size=3)),
    (Pool(method="average", size=2, stride=4), Conv(kernel_size=3)),
    (Residual(filters=1),),
    (Residual(filters=2, kernel_size=5), Residual(filters=2, kernel_size=2)),
    (Conv(filters=2, kernel_size=4), Residual(filters=3, stride=2), Residual(filters=3), Conv(kernel_size=3)),
    (Residual(kernel_size=1, stride=3), SeparableConv(kernel_size=3), Pool(method="average", size=3, stride=1)),
]


@pytest.mark.parametrize("blocks", STACKS)
def test_the_receptive_field_is_the_square_of_pixels_that_move_one_output(blocks: tuple[LayerBlock, ...]) -> None:
    expected = traced_field(blocks)
    assert sides_that_move_one_output(blocks) == (expected, expected)


narrow = {"filters": st.integers(1, 2), "kernel_size": st.integers(1, 3), "activation": st.just("relu")}
seeing = st.one_of(
    made_from_fields(Conv, **narrow, stride=st.integers(1, 2), dilation=st.just(1)),
    made_from_fields(Conv, **narrow, stride=st.just(1), dilation=st.integers(2, 3)),
    made_from_fields(SeparableConv, **narrow, stride=st.integers(1, 2)),
    made_from_fields(Residual, **narrow, stride=st.integers(1, 2)),
    made_from_fields(Pool, method=st.just("average"), size=st.integers(2, 3), stride=st.integers(0, 3)),
)


@budget(max_examples=12)
@given(st.lists(seeing, min_size=1, max_size=3))
def test_the_receptive_field_of_any_stack_is_the_square_that_moves_one_output(blocks: list[LayerBlock]) -> None:
    expected = traced_field(blocks)
    assert sides_that_move_one_output(blocks) == (expected, expected)


@pytest.mark.parametrize("gather", [Flatten(), GlobalPool()])
def test_after_flatten_or_global_pooling_all_is_seen(gather: LayerBlock) -> None:
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
        ((Flatten(), SeparableConv()), "separable_1"),
        ((Conv(), Flatten(), Residual()), "residual_1"),
        ((SeparableConv(kernel_size=8), Flatten()), "separable_1"),
        ((Conv(kernel_size=4, dilation=3), Flatten()), "conv_1"),
        ((Conv(), Conv(stride=2, dilation=2, padding="same"), Flatten()), "conv_2"),
        ((LayerNorm(), Pool(size=8, stride=1), Flatten()), "pool_1"),
    ],
)
def test_an_impossible_order_names_the_layer_and_says_what_to_do(blocks: tuple[LayerBlock, ...], culprit: str) -> None:
    specs, spec = specs_of(blocks, (7, 8, 1))
    with pytest.raises(ConfigError) as caught:
        trace(specs, spec.input_shape)
    assert caught.value.field == culprit
    assert culprit in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ("conv:8:3,dense:10", "dense_1 needs a list of numbers.*Add a flatten or global pooling layer before it"),
        ("", "logits needs a list of numbers"),
        ("flatten,conv:8:3", "conv_1 needs an image.*Move it before flatten_1"),
        ("pool:max:8,conv:8:5,flatten", "smaller than the 5x5 kernel. Use padding same or a smaller kernel"),
        ("pool:max:8,pool:max:8,flatten", "pool_2: the 3x3 map is smaller than the 8x8 window"),
        ("conv:8:3:relu:2:same:2,flatten", "conv_1 cannot have both a stride of 2 and a dilation of 2"),
        ("flatten,global_pool", "global_pool_1 needs an image"),
        ("flatten,residual:4", "residual_1 needs an image"),
    ],
)
def test_what_is_impossible_is_said_in_the_words_of_the_form(layers: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        CnnConfig().changed([f"layers={layers}"]).validate(DataSpec(Image(28, 28, 1), Classes(("a", "b")), 10, 10))


def test_a_window_as_big_as_the_map_is_possible_and_one_pixel_more_is_not() -> None:
    fits = trace([spec_of("Conv2D", filters=1, kernel_size=5)], (5, 7, 1))
    assert fits[0].output_shape == (1, 3, 1)
    with pytest.raises(ConfigError, match="5x7 map is smaller than the 6x6 kernel"):
        trace([spec_of("Conv2D", filters=1, kernel_size=6)], (5, 7, 1))
