"""The networks that others have trained: their sizes, and what the files of their weights call their layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Normed = tuple[str, str]  # names of a convolution and of the normalisation after it


@dataclass(frozen=True)
class Stage:
    """Inverted bottlenecks, one after the other, that look at maps of one size.

    Args:
        count: How many.
        kernel_size: Of their depthwise convolutions.
        stride: Of the first.
        widening: How many times as many channels as they are given they look at.
        channels: How many they give.
    """

    count: int
    kernel_size: int
    stride: int
    widening: int
    channels: int


@dataclass(frozen=True)
class Architecture:
    """A stem, stages of inverted bottlenecks, and a last convolution.

    Args:
        title: Name on the page.
        scale, offset: Turn a value of 0 to 1 into one that the network has learned to see.
        stages: In order.
        blocks: Name of each bottleneck.
        stem, head: Names of the first and the last convolution.
        widen, look, narrow: Names of the convolutions of a bottleneck, after its own name.
        stem_channels, head_channels: How many maps the first and the last convolution give.
        normalisation: Arguments of all normalisations; the others are Keras' own, an epsilon of 1e-3 among them.
    """

    title: str
    scale: float
    offset: float
    stages: tuple[Stage, ...]
    blocks: tuple[str, ...]
    stem: Normed
    head: Normed
    widen: Normed
    look: Normed
    narrow: Normed
    stem_channels: int = 32
    head_channels: int = 1280
    normalisation: Mapping[str, float] = field(default_factory=dict)


ARCHITECTURES = {
    # Source: Tan and Le, EfficientNet, 2019, table 1; Lite0 has no squeeze and excitation, and ReLU6 for SiLU.
    "lite0": Architecture(
        "EfficientNet-Lite0",
        scale=255 / 128,  # (x - 127) / 128 of a pixel x that has been made x / 255; both are exact in binary
        offset=-127 / 128,
        stages=(
            Stage(1, 3, 1, 1, 16),
            Stage(2, 3, 2, 6, 24),
            Stage(2, 5, 2, 6, 40),
            Stage(3, 3, 2, 6, 80),
            Stage(3, 5, 1, 6, 112),
            Stage(4, 5, 2, 6, 192),
            Stage(1, 3, 1, 6, 320),
        ),
        blocks=tuple(f"blocks{number}" for number in range(16)),
        stem=("conv_stem", "bn0"),
        head=("conv_head", "bn1"),
        widen=("expand_conv", "bn0"),
        look=("depthwise_conv", "bn1"),
        narrow=("project_conv", "bn2"),
    ),
    # Source: Sandler et al., MobileNetV2, 2018, table 2; names, momentum and scale as in keras.applications.
    "mobilenet_v2": Architecture(
        "MobileNetV2",
        scale=2.0,  # x / 127.5 - 1
        offset=-1.0,
        stages=(
            Stage(1, 3, 1, 1, 16),
            Stage(2, 3, 2, 6, 24),
            Stage(3, 3, 2, 6, 32),
            Stage(4, 3, 2, 6, 64),
            Stage(3, 3, 1, 6, 96),
            Stage(3, 3, 2, 6, 160),
            Stage(1, 3, 1, 6, 320),
        ),
        blocks=("expanded_conv", *(f"block_{number}" for number in range(1, 17))),
        stem=("Conv1", "bn_Conv1"),
        head=("Conv_1", "Conv_1_bn"),
        widen=("expand", "expand_BN"),
        look=("depthwise", "depthwise_BN"),
        narrow=("project", "project_BN"),
        normalisation={"momentum": 0.999},
    ),
}
