from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given

from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families.supervised.config import INITIALIZERS
from core.layers import LayerSpec
from core.layers.blocks import (
    ACTIVATIONS,
    LAYER_BLOCKS,
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
    block_names,
    to_specs,
    with_kernels,
)
from core.models.network import build_network
from tests.support import tiny
from tests.support.random_configs import made_from_fields

SPEC = DataSpec(Image(9, 9, 2), Classes(("a", "b")), 1, 1)
RESCALE = LayerSpec("Rescaling", {"scale": 1 / 255}, "rescale")
CONV_KWARGS = {"filters": 32, "kernel_size": 3, "strides": 2, "padding": "valid", "activation": "relu"}


def specs_of(blocks: Sequence[LayerBlock]) -> list[LayerSpec]:
    return to_specs(blocks, "rescale", 2)


@pytest.mark.parametrize(
    ("block", "keras_class", "kwargs"),
    [
        (Conv(stride=2), "Conv2D", CONV_KWARGS),
        (Conv(dilation=3), "Conv2D", {**CONV_KWARGS, "strides": 1, "dilation_rate": 3}),
        (SeparableConv(stride=2), "SeparableConv2D", CONV_KWARGS),
        (Flatten(), "Flatten", {}),
        (Pool(size=3), "MaxPooling2D", {"pool_size": 3}),
        (Pool(method="average", stride=1), "AveragePooling2D", {"pool_size": 2, "strides": 1}),
        (BatchNorm(momentum=0.5), "BatchNormalization", {"momentum": 0.5}),
        (LayerNorm(), "LayerNormalization", {}),
        (Dropout(rate=0.25), "Dropout", {"rate": 0.25}),
        (GlobalPool(), "GlobalAveragePooling2D", {}),
        (GlobalPool(method="max"), "GlobalMaxPooling2D", {}),
        (Dense(activation="tanh"), "Dense", {"units": 128, "activation": "tanh"}),
    ],
)
def test_a_block_becomes_its_keras_layer(block: LayerBlock, keras_class: str, kwargs: dict[str, Any]) -> None:
    assert specs_of([block]) == [LayerSpec(keras_class, kwargs, f"{block.kind}_1")]


def test_blocks_of_one_kind_are_numbered_apart() -> None:
    blocks = (Conv(), Conv(), Pool(), Residual(), Conv(), Flatten(), Dense(), Dense())
    names = ["conv_1", "conv_2", "pool_1", "residual_1", "conv_3", "flatten_1", "dense_1", "dense_2"]
    assert block_names(blocks) == names
    assert list(dict.fromkeys(spec.seen_as for spec in specs_of(blocks))) == names


@pytest.mark.parametrize("kind", LAYER_BLOCKS, ids=lambda kind: kind.kind)
def test_a_block_as_it_is_ends_with_a_layer_of_its_name_that_keras_can_build(kind: type[LayerBlock]) -> None:
    specs = specs_of([kind()])
    assert build_network([RESCALE, *specs], SPEC).layers[-1].name == specs[-1].name == f"{kind.kind}_1"


@pytest.mark.parametrize("kind", LAYER_BLOCKS, ids=lambda kind: kind.kind)
def test_a_block_is_told_in_one_short_line(kind: type[LayerBlock]) -> None:
    @given(made_from_fields(kind))
    def check(block: LayerBlock) -> None:
        assert (block.summary == "") == (not kind.fields())
        assert "\n" not in block.summary
        assert len(block.summary) <= 60

    check()


@pytest.mark.parametrize(
    ("plain", "changed", "said"),
    [
        (Conv(), Conv(dilation=2), ", dilation 2"),
        (Conv(), Conv(stride=2), ", stride 2"),
        (SeparableConv(), SeparableConv(padding="same"), ", same"),
        (Residual(), Residual(stride=3), ", stride 3"),
        (Pool(), Pool(stride=1), ", stride 1"),
    ],
)
def test_what_is_unusual_about_a_block_is_told_at_its_end(plain: LayerBlock, changed: LayerBlock, said: str) -> None:
    assert changed.summary == plain.summary + said


def weights_of(network: keras.Model) -> dict[str, dict[str, np.ndarray]]:
    return {layer.name: {w.name: w.numpy() for w in layer.weights} for layer in network.layers}


def convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Slide a kernel (k, k, c, f) over images (n, h, w, c); zeros around them keep the size, as TensorFlow pads."""
    side, (height, width) = kernel.shape[0], x.shape[1:3]
    rows, columns = -(-height // stride), -(-width // stride)
    rims = [max((n - 1) * stride + side - m, 0) for n, m in ((rows, height), (columns, width))]
    padded = np.pad(x, [(0, 0), *((rim // 2, rim - rim // 2) for rim in rims), (0, 0)])
    out = np.zeros((len(x), rows, columns, kernel.shape[3]))
    for i in range(rows):
        for j in range(columns):
            patch = padded[:, i * stride : i * stride + side, j * stride : j * stride + side]
            out[:, i, j] = np.einsum("nabc,abcf->nf", patch, kernel)
    return out


def normalised(x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    scale = weights["gamma"] / np.sqrt(weights["moving_variance"] + 1e-3)
    return (x - weights["moving_mean"]) * scale + weights["beta"]


@pytest.mark.parametrize(
    ("block", "has_shortcut"),
    [
        (Residual(filters=2), False),
        (Residual(filters=2, kernel_size=2), False),
        (Residual(filters=4), True),
        (Residual(filters=2, stride=2), True),
        (Residual(filters=5, kernel_size=5, stride=4), True),
    ],
)
def test_a_residual_block_computes_what_the_paper_draws(block: Residual, has_shortcut: bool) -> None:
    """Source: He et al., 2015, equations 1 and 2 with figure 2; option B, a 1x1 convolution where shapes differ."""
    rng = np.random.default_rng(0)
    specs = [RESCALE, *specs_of([block])]
    network = build_network(specs, SPEC)
    network.set_weights([rng.uniform(0.2, 1, w.shape) - 0.6 * (w.ndim > 1) for w in network.get_weights()])
    weights = weights_of(network)
    images = rng.integers(0, 256, (3, *SPEC.input_shape), dtype=np.uint8)
    x = images / 255
    hidden = convolved(x, weights["residual_1_conv_1"]["kernel"], block.stride)
    hidden = np.maximum(normalised(hidden, weights["residual_1_norm_1"]), 0)
    around = convolved(hidden, weights["residual_1_conv_2"]["kernel"], 1)
    around = normalised(around, weights["residual_1_norm_2"])
    assert ("residual_1_shortcut" in weights) is has_shortcut
    if has_shortcut:
        projected = convolved(x, weights["residual_1_shortcut"]["kernel"], block.stride)
        x = normalised(projected, weights["residual_1_shortcut_norm"])
    np.testing.assert_allclose(network(images, training=False), np.maximum(around + x, 0), rtol=1e-4, atol=1e-4)


def test_blocks_are_told_how_many_channels_come_before_them() -> None:
    blocks = (Conv(filters=3), Residual(filters=3), BatchNorm(), SeparableConv(filters=5), Residual(filters=5))
    assert not any("shortcut" in spec.name for spec in specs_of(blocks))
    assert specs_of(blocks)[1].name == "residual_1_conv_1"
    [sum_1, sum_2] = [spec.inputs for spec in specs_of(blocks) if spec.keras_class == "Add"]
    assert sum_1 == ("residual_1_norm_2", "conv_1")
    assert sum_2 == ("residual_2_norm_2", "separable_1")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_one_of_keras(activation: str) -> None:
    assert callable(keras.activations.get(activation))


def test_kinds_are_told_apart_by_their_word_and_by_their_title() -> None:
    assert len({kind.kind for kind in LAYER_BLOCKS}) == len({kind.title for kind in LAYER_BLOCKS}) == len(LAYER_BLOCKS)


# Kernels

ALL_KERNELS = (Conv(filters=3), Residual(filters=4, stride=2), SeparableConv(filters=2), Flatten(), Dense(units=5))
KERNELS = {
    "conv_1/kernel",
    "residual_1_conv_1/kernel",
    "residual_1_conv_2/kernel",
    "residual_1_shortcut/kernel",
    "separable_1/depthwise_kernel",
    "separable_1/pointwise_kernel",
    "dense_1/kernel",
}


def network_of(blocks: Sequence[LayerBlock], initializer: str, l1: float = 0.0, l2: float = 0.0) -> keras.Model:
    keras.utils.set_random_seed(0)
    specs = with_kernels(to_specs(blocks, "rescale", 1), initializer, l1, l2)
    return build_network([RESCALE, *specs], tiny.SPEC)


def kernels_of(network: keras.Model) -> dict[str, np.ndarray]:
    found = weights_of(network)
    return {f"{n}/{w}": value for n, ws in found.items() for w, value in ws.items() if w.endswith("kernel")}


def test_what_is_keras_own_way_is_left_unsaid() -> None:
    specs = to_specs(ALL_KERNELS, "rescale", 1)
    assert with_kernels(specs, "glorot_uniform", 0.0, 0.0) == specs


def test_all_zeros_zeroes_every_kernel_and_no_other_weight() -> None:
    kernels = kernels_of(network_of(ALL_KERNELS, "zeros"))
    assert set(kernels) == KERNELS
    assert not any(kernel.any() for kernel in kernels.values())
    gammas = [
        weights["gamma"] for weights in weights_of(network_of(ALL_KERNELS, "zeros")).values() if "gamma" in weights
    ]
    assert len(gammas) == 3
    assert all((gamma == 1).all() for gamma in gammas)


@pytest.mark.parametrize("initializer", [name for name in INITIALIZERS if name != "zeros"])
def test_no_other_start_leaves_a_kernel_at_zero(initializer: str) -> None:
    kernels = kernels_of(network_of(ALL_KERNELS, initializer))
    assert set(kernels) == KERNELS
    assert all(kernel.any() for kernel in kernels.values())


@pytest.mark.parametrize(
    ("initializer", "width"),
    [
        ("glorot_uniform", np.sqrt(2 / (64 + 256))),
        ("he_normal", np.sqrt(2 / 64)),
        ("lecun_normal", np.sqrt(1 / 64)),
        ("random_normal", 0.05),
        ("orthogonal", np.sqrt(1 / 256)),
    ],
)
def test_kernels_start_as_wide_as_their_paper_says(initializer: str, width: float) -> None:
    """Source: Glorot and Bengio 2010, eq. 12 and 16; He et al. 2015, eq. 10; LeCun et al. 1998, section 4.6."""
    kernel = kernels_of(network_of((Flatten(), Dense(units=256)), initializer))["dense_1/kernel"]  # (64, 256)
    assert kernel.std() == pytest.approx(width, rel=0.03)
    if initializer == "orthogonal":
        np.testing.assert_allclose(kernel @ kernel.T, np.eye(64), atol=1e-5)


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.02), (0.003, 0.05)])
def test_the_price_of_the_kernels_is_that_of_numpy(l1: float, l2: float) -> None:
    network = network_of(ALL_KERNELS, "he_normal", l1, l2)
    kernels = kernels_of(network)
    assert set(kernels) == KERNELS
    expected = sum(l1 * np.abs(w).sum() + l2 * np.square(w).sum() for w in kernels.values())
    assert float(sum(network.losses)) == pytest.approx(expected, rel=1e-5)
    assert len(network.losses) == len(KERNELS)


def test_without_l1_and_l2_nothing_has_a_price() -> None:
    assert network_of(ALL_KERNELS, "he_normal").losses == []
