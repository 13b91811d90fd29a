"""The pretrained block: its arithmetic, what it computes, and what is trained of it."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families.cnn import CnnConfig, build_layers
from core.figures.network.architecture import stages
from core.layers import LayerSpec, total_parameters, trace
from core.layers.blocks import GlobalPool, LayerBlock, to_specs, with_kernels
from core.layers.pretrained import PARTS, Pretrained
from core.models.network import build_network, plain_copy
from core.pretrained.torch_file import read_torch_file
from core.pretrained.weights import LITE0_SHA256, find_lite0

ONES = LayerSpec("Rescaling", {"scale": 1 / 255}, "rescale")


def data(height: int, width: int, channels: int) -> DataSpec:
    return DataSpec(Image(height, width, channels), Classes(("a", "b", "c")), 10, 10)


def specs_of(channels: int = 3, *blocks: LayerBlock) -> list[LayerSpec]:
    return [ONES, *to_specs(blocks or (Pretrained(),), "rescale", channels)]


def up_to(specs: Sequence[LayerSpec], name: str) -> list[LayerSpec]:
    """Return the layers as far as one, which is that of a pretrained block."""
    names = [spec.name for spec in specs]
    return list(specs[: names.index(f"pretrained_1_{name}") + 1])


# Arithmetic


@pytest.mark.parametrize("shape", [(32, 32, 3), (47, 33, 1), (9, 40, 2)])
def test_its_arithmetic_is_what_keras_builds(shape: tuple[int, int, int]) -> None:
    specs = specs_of(shape[-1], Pretrained(trained="stage_7"))
    costs, network = trace(specs, shape), build_network(specs, data(*shape))
    layers = {layer.name: layer for layer in network.layers[1:]}
    assert {c.spec.name: c.output_shape for c in costs} == {n: of.output.shape[1:] for n, of in layers.items()}
    assert {c.spec.name: c.parameters for c in costs} == {n: of.count_params() for n, of in layers.items()}
    height, width, _ = shape
    assert costs[-1].output_shape == (-(-height // 32), -(-width // 32), 1280)


def test_it_is_as_big_as_published() -> None:
    """With its answer Lite0 has 4,652,008 parameters (KerasHub) and 0.385 G multiply-adds (d-li14, kernels only)."""
    costs = trace(specs_of(), (224, 224, 3))
    network = build_network(specs_of(3, Pretrained(trained="stem")), data(32, 32, 3))
    assert sum(variable.numpy().size for variable in network.trainable_variables) + 1281 * 1000 == 4_652_008
    kernels = sum(cost.multiply_adds for cost in costs if "Conv2D" in cost.spec.keras_class)
    assert round((kernels + 1280 * 1000) / 1e9, 3) == 0.385


def depthwise_by_hand(spec: LayerSpec, height: int, width: int, channels: int) -> int:
    stride, side = spec.kwargs.get("strides", 1), spec.kwargs["kernel_size"]
    places = sum(1 for _ in range(0, height, stride) for _ in range(0, width, stride))
    return places * sum(1 for _ in range(side) for _ in range(side) for _ in range(channels))


def test_a_depthwise_convolution_multiplies_with_one_kernel_a_channel() -> None:
    costs = trace(specs_of(), (46, 35, 3))
    pairs = [(b, a) for b, a in itertools.pairwise(costs) if a.spec.keras_class == "DepthwiseConv2D"]
    assert len(pairs) == 16
    for before, after in pairs:
        height, width, channels = before.output_shape
        assert after.multiply_adds == depthwise_by_hand(after.spec, height, width, channels)


def test_the_receptive_field_of_its_layers_is_the_square_that_moves_one_output() -> None:
    side = 81
    specs = [replace(spec, weights="") for spec in up_to(specs_of(), "blocks4_sum")]
    network = build_network(specs, data(side, side, 3))
    for layer in network.layers:
        if "Conv2D" in type(layer).__name__:  # positive weights that add up to one: no paths cancel out, nothing bends
            [kernel] = layer.get_weights()
            share = kernel.shape[0] * kernel.shape[1] * (1 if "Depthwise" in type(layer).__name__ else kernel.shape[2])
            layer.set_weights([np.full(kernel.shape, 1 / share)])
    looked = keras.Model(network.get_layer("rescale").output, network.output)
    image = tf.ones((1, side, side, 3))
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps = looked(image)
        middle = maps[0, maps.shape[1] // 2, maps.shape[2] // 2, 0]
    moved = tape.gradient(middle, image)[0, :, :, 0].numpy() > 0
    sides = [np.ptp(np.flatnonzero(moved.any(axis=axis))) + 1 for axis in (0, 1)]
    assert sides == [trace(specs, (side, side, 3))[-1].receptive_field] * 2 == [67, 67]


def test_it_is_drawn_as_one_stage() -> None:
    specs = build_layers(CnnConfig(layers=(Pretrained(), GlobalPool())), data(64, 96, 1))
    shown = stages(specs, (64, 96, 1))
    assert [stage.name for stage in shown] == ["rescale", "pretrained_1", "global_pool_1", "logits", "probabilities"]
    assert shown[1].shape == (2, 3, 1280)
    assert shown[1].parameters == total_parameters(trace(specs, (64, 96, 1))) - (1280 * 3 + 3)


# What it computes


def convolved(x: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """Slide kernels (out, in, h, w) over maps (h, w, in), or one a channel; zeros around, as TensorFlow pads."""
    side = kernel.shape[-1]
    lengths = [-(-length // stride) for length in x.shape[:2]]
    missing = [max((n - 1) * stride + side - length, 0) for n, length in zip(lengths, x.shape[:2], strict=True)]
    x = np.pad(x, [*((gap // 2, gap - gap // 2) for gap in missing), (0, 0)])
    is_depthwise = kernel.shape[1] == 1
    made = np.empty((*lengths, len(kernel)))
    for row, column in np.ndindex(*lengths):
        patch = x[row * stride : row * stride + side, column * stride : column * stride + side]
        made[row, column] = np.einsum("hwc,cohw->c" if is_depthwise else "hwc,fchw->f", patch, kernel)
    return made


def test_its_stem_and_first_blocks_compute_what_numpy_does() -> None:
    tensors = read_torch_file(Path(find_lite0()), LITE0_SHA256)

    def normed(x: np.ndarray, conv: str, norm: str, stride: int = 1) -> np.ndarray:
        scale, shift, mean, variance = (
            tensors[f"{norm}.{name}"] for name in ("weight", "bias", "running_mean", "running_var")
        )
        return scale * (convolved(x, tensors[f"{conv}.weight"], stride) - mean) / np.sqrt(variance + 1e-3) + shift

    def block(x: np.ndarray, at: str, stride: int) -> np.ndarray:
        if f"{at}._expand_conv.weight" in tensors:
            x = np.clip(normed(x, f"{at}._expand_conv", f"{at}._bn0"), 0, 6)
        x = np.clip(normed(x, f"{at}._depthwise_conv", f"{at}._bn1", stride), 0, 6)
        return normed(x, f"{at}._project_conv", f"{at}._bn2")

    image = np.random.default_rng(0).integers(0, 256, (14, 11, 3), dtype=np.uint8)
    x = np.clip(normed((image - 127.0) / 128, "_conv_stem", "_bn0", 2), 0, 6)
    x = block(block(x, "_blocks.0", 1), "_blocks.1", 2)
    expected = x + block(x, "_blocks.2", 1)
    found = build_network(up_to(specs_of(), "blocks2_sum"), data(14, 11, 3))(image[None], training=False)
    np.testing.assert_allclose(found[0], expected, atol=1e-4)


def test_it_knows_a_palace_and_a_daisy() -> None:
    """Photos that come with scikit-learn, classes 698 and 985 of ImageNet: all its layers are in their places."""
    from sklearn.datasets import load_sample_images

    tensors = read_torch_file(Path(find_lite0()), LITE0_SHA256)
    photos = np.stack([photo[:, 106:533] for photo in load_sample_images().images])
    photos = keras.ops.image.resize(photos.astype(np.float32), (224, 224)).numpy().round().astype(np.uint8)
    features = build_network(specs_of(3, Pretrained(), GlobalPool()), data(224, 224, 3))(photos, training=False)
    logits = features.numpy() @ tensors["_fc.weight"].T + tensors["_fc.bias"]
    assert logits.argmax(axis=1).tolist() == [698, 985]


def test_grey_images_are_colours_that_are_equal() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 1), dtype=np.uint8)
    of_grey = build_network(specs_of(1), data(32, 32, 1))(grey)
    of_colours = build_network(specs_of(3), data(32, 32, 3))(np.repeat(grey, 3, axis=-1))
    np.testing.assert_array_equal(of_grey, of_colours)


# What is trained


@pytest.mark.parametrize(
    ("trained", "first", "count"),
    [
        ("none", None, 0),
        ("head", "conv_head", 3),
        ("stage_7", "blocks15_expand_conv", 3 + 9),
        ("stage_1", "blocks0_depthwise_conv", 3 + 15 * 9 + 6),
        ("stem", "conv_stem", 3 + 15 * 9 + 6 + 3),
    ],
)
def test_it_is_trained_from_the_chosen_part_on(trained: str, first: str | None, count: int) -> None:
    network = build_network(specs_of(3, Pretrained(trained=trained)), data(32, 32, 3))
    moving = [variable.path.split("/")[0] for variable in network.trainable_variables]
    assert len(moving) == count
    assert not first or moving[0] == f"pretrained_1_{first}"


def test_every_part_but_nothing_is_trained_further_than_the_next() -> None:
    frozen = [
        sum(spec.kwargs.get("trainable") is False for spec in specs_of(3, Pretrained(trained=part)))
        for part in (*PARTS, "none")
    ]
    assert frozen == sorted(set(frozen))
    assert frozen[0] == 0


def test_what_is_frozen_stays_as_it_is_in_training_and_has_no_price() -> None:
    specs = with_kernels(specs_of(), "zeros", 0.1, 0.1)
    network = build_network(specs, data(32, 32, 3), fast=True)
    before = network.get_weights()
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    np.testing.assert_allclose(network(images, training=True), network(images, training=False), atol=1e-5)
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))
    assert any(array.any() for array in before)
    assert network.losses == []


def test_a_network_that_has_been_trained_further_keeps_its_own_weights_when_it_is_copied() -> None:
    specs = specs_of(3, Pretrained(trained="head"))
    network = build_network(specs, data(32, 32, 3))
    kernel = network.get_layer("pretrained_1_conv_head").kernel
    kernel.assign(kernel + 1)
    copied = plain_copy(network, specs, data(32, 32, 3)).get_layer("pretrained_1_conv_head").kernel
    np.testing.assert_array_equal(copied, kernel)
