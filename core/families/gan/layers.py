"""Layer blocks of a GAN's two networks, and the networks built from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.config import bounded, choice
from core.datasets.spec import DataSpec
from core.layers import LayerSpec, NetworkSpec
from core.layers.blocks import (
    ACTIVATIONS,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalPool,
    LayerBlock,
    LayerNorm,
    Pool,
    block_names,
)
from core.layers.kinds import KINDS

PICTURE_KERNEL = 5  # kernel size of the generator's output layer
HALF_RANGE = 127.5  # pixels are -1 to 1 inside the networks, 0 to 255 outside
UNITS = "units"
_ACTIVATION: dict[str, Any] = {
    "label": "Activation",
    "help": "The non-linearity after the weighted sum. ReLU is usual in a generator.",
}


@dataclass(frozen=True)
class Project(LayerBlock):
    """Noise to small feature maps, written `project:channels:activation`."""

    kind: ClassVar[str] = "project"
    title: ClassVar[str] = "Noise to maps"
    channels_out: int = bounded(
        64,
        1,
        512,
        label="Maps",
        help="Number of small feature maps made from the noise. Few: all images look alike. Many: slow.",
        is_width=True,
    )
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.channels_out} maps, {ACTIVATIONS[self.activation]}"

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Return a dense layer and a reshape to maps of one pixel; `placed` takes other sizes."""
        return self.placed(name, 1, 1)

    def placed(self, name: str, height: int, width: int) -> list[LayerSpec]:
        """Return the two layers for maps of this size in pixels."""
        shape = (height, width, self.channels_out)
        dense = LayerSpec("Dense", {UNITS: math.prod(shape), "activation": self.activation}, f"{name}_dense")
        return [replace(dense, block=name), LayerSpec("Reshape", {"target_shape": shape}, name, block=name)]

    def channels(self, before: int) -> int:
        """Return the number of output maps."""
        return self.channels_out


@dataclass(frozen=True)
class Up(LayerBlock):
    """Maps of twice the height and width, written `up:method:filters:kernel_size:activation`."""

    kind: ClassVar[str] = "up"
    title: ClassVar[str] = "Double the size"
    method: str = choice(
        "transposed",
        {"transposed": "Transposed convolution", "nearest": "Repeat pixels, then convolve"},
        label="Method",
        help="A transposed convolution learns how to enlarge, but may leave a chequerboard pattern. "
        "Repeating pixels is smoother but slower.",
    )
    filters: int = bounded(
        32, 1, 256, label="Filters", help="Number of output maps. Few: coarse images. Many: slow.", is_width=True
    )
    kernel_size: int = bounded(
        5,
        2,
        9,
        unit="pixels",
        label="Kernel size",
        help="Side of each pattern. Small: fine, patchy. Big: smooth, slow.",
    )
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        how = "transposed" if self.method == "transposed" else "repeat, convolve"
        return f"{how}, {self.filters} × {self.kernel_size}×{self.kernel_size}, {ACTIVATIONS[self.activation]}"

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Return the one or two layers."""
        kwargs: dict[str, Any] = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "padding": "same",
            "activation": self.activation,
        }
        if self.method == "transposed":
            return [LayerSpec("Conv2DTranspose", {**kwargs, "strides": 2}, name)]
        return [
            LayerSpec("UpSampling2D", {"size": 2}, f"{name}_repeat", block=name),
            LayerSpec("Conv2D", kwargs, name, block=name),
        ]

    def channels(self, before: int) -> int:
        """Return the number of filters."""
        return self.filters


GENERATOR_BLOCKS: tuple[type[LayerBlock], ...] = (Dense, Project, Up, Conv, BatchNorm, LayerNorm, Dropout)
DISCRIMINATOR_BLOCKS: tuple[type[LayerBlock], ...] = (
    Conv,
    Pool,
    BatchNorm,
    LayerNorm,
    Dropout,
    Flatten,
    GlobalPool,
    Dense,
)


def build_generator(blocks: Sequence[LayerBlock], latent: int, num_classes: int, data: DataSpec) -> NetworkSpec:
    """Return the network that turns noise into examples: images 0 to 255, or points.

    The first maps are so small that all doublings, that of the output layer included, give the size of the image.

    Args:
        blocks: Its layers without the output layer.
        latent: Size of the noise vector.
        num_classes: Length of the one-hot class after the noise; 0 for none.
        data: Shape of the data.
    """
    doublings = 1 + sum(isinstance(block, Up) for block in blocks)
    small = [math.ceil(side / 2**doublings) for side in data.input_shape[:2]]
    specs: list[LayerSpec] = []
    before, channels = "", latent + num_classes
    for block, name in zip(blocks, block_names(blocks), strict=True):
        if isinstance(block, Project) and data.is_image:
            specs += block.placed(name, small[0], small[1])
        else:
            specs += block.to_specs(name, before, channels)
        before, channels = name, block.channels(channels)
    makes_maps = any(isinstance(block, Project) for block in blocks)
    specs += _picture(data, [side * 2**doublings for side in small], makes_maps) if data.is_image else _point(data)
    return NetworkSpec(
        "generator",
        tuple(specs),
        (latent + num_classes,),
        dtype="float32",
        title="Generator",
        takes="noise and class" if num_classes else "noise",
        blocks="generator",
    )


def _point(data: DataSpec) -> list[LayerSpec]:
    return [LayerSpec("Dense", {UNITS: data.input_shape[0], "dtype": "float32"}, "point")]


def _picture(data: DataSpec, made: Sequence[int], makes_maps: bool) -> list[LayerSpec]:
    """Return the output layers for images, from maps of half the size `made` or from a vector."""
    height, width, channels = data.input_shape
    bend = {"activation": "tanh"}
    if makes_maps:
        kwargs = {"filters": channels, "kernel_size": PICTURE_KERNEL, "padding": "same", "strides": 2}
        specs = [LayerSpec("Conv2DTranspose", {**kwargs, **bend}, "picture")]
    else:
        specs = [
            LayerSpec("Dense", {UNITS: math.prod(data.input_shape), **bend}, "picture_dense", block="picture"),
            LayerSpec("Reshape", {"target_shape": data.input_shape}, "picture", block="picture"),
        ]
    extra = [side - wanted for side, wanted in zip(made, (height, width), strict=True)]
    if makes_maps and any(extra):
        cropping = tuple((more // 2, more - more // 2) for more in extra)
        specs.append(LayerSpec("Cropping2D", {"cropping": cropping}, "crop"))
    pixels = {"scale": HALF_RANGE, "offset": HALF_RANGE, "dtype": "float32"}
    return [*specs, LayerSpec("Rescaling", pixels, "pixels")]


def build_discriminator(
    blocks: Sequence[LayerBlock], num_classes: int, data: DataSpec, *, is_spectral: bool
) -> NetworkSpec:
    """Return the network that tells real examples from generated ones.

    Args:
        blocks: Its layers without the output layer; maps are flattened where needed.
        num_classes: Number of scores, one per class; 0 for a single score.
        data: Shape of the data.
        is_spectral: Whether to divide each kernel by its largest singular value.

    Source: Miyato and Koyama, cGANs with projection discriminator, 2018, without the class-independent score.
    """
    specs: list[LayerSpec] = []
    if data.is_image:
        specs.append(LayerSpec("Rescaling", {"scale": 1 / HALF_RANGE, "offset": -1.0}, "rescale"))
    before, channels, is_flat = "rescale", data.input_shape[-1], not data.is_image
    for block, name in zip(blocks, block_names(blocks), strict=True):
        if isinstance(block, Dense) and not is_flat:
            specs.append(LayerSpec("Flatten", {}, "flat"))
        is_flat = is_flat or isinstance(block, Flatten | GlobalPool | Dense)
        specs += block.to_specs(name, before, channels)
        before, channels = name, block.channels(channels)
    if not is_flat:
        specs.append(LayerSpec("Flatten", {}, "flat"))
    specs.append(LayerSpec("Dense", {UNITS: num_classes or 1, "dtype": "float32"}, "score"))
    if is_spectral:
        specs = [replace(s, wrapper="SpectralNormalization") if KINDS[s.keras_class].kernels else s for s in specs]
    return NetworkSpec(
        "discriminator",
        tuple(specs),
        data.input_shape,
        dtype="float32",
        title="Discriminator",
        takes="image" if data.is_image else "point",
        blocks="discriminator",
        passes=2.0,
    )
