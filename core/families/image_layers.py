"""Layers of image networks as entries of a list: written in links, drawn as widgets, made into specs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from core.config import Block, bounded, choice
from core.layers import LayerSpec

ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "linear")
PADDINGS = ("valid", "same")

_ACTIVATION = {"label": "Activation", "help": "The bend after the sum; without one, layers collapse into one."}


class LayerBlock(Block):
    """A block that stands for one layer."""

    @abstractmethod
    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""


@dataclass(frozen=True)
class Conv(LayerBlock):
    """A convolution; written `conv:filters:kernel_size:activation:stride:padding`."""

    kind: ClassVar[str] = "conv"
    filters: int = bounded(
        32, 1, 256, label="Filters", help="Patterns looked for. Few: it misses shapes. Many: slow, overfits."
    )
    kernel_size: int = bounded(
        3, 1, 11, unit="pixels", label="Kernel size", help="Side of each pattern. Small: fine detail. Big: slow."
    )
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)
    stride: int = bounded(
        1, 1, 4, unit="pixels", label="Stride", help="Step of the kernel. 1: every place. Bigger: a smaller map."
    )
    padding: str = choice("valid", PADDINGS, label="Padding", help="same keeps the size; valid loses the rim.")

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        kwargs = {
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.stride,
            "padding": self.padding,
            "activation": self.activation,
        }
        return LayerSpec("Conv2D", kwargs, name)


@dataclass(frozen=True)
class Pool(LayerBlock):
    """A pooling; written `pool:method:size`."""

    kind: ClassVar[str] = "pool"
    method: str = choice("max", ("max", "average"), label="Pooling", help="What is kept of each square.")
    size: int = bounded(2, 2, 8, unit="pixels", label="Size", help="Side of the square. Big: detail is lost.")

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec(f"{self.method.title()}Pooling2D", {"pool_size": self.size}, name)


@dataclass(frozen=True)
class BatchNorm(LayerBlock):
    """A batch normalisation; written `batch_norm:momentum`."""

    kind: ClassVar[str] = "batch_norm"
    momentum: float = bounded(
        0.99, 0.0, 0.999, label="Momentum", help="Memory of the running mean. Low: follows fast, noisy."
    )

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec("BatchNormalization", {"momentum": self.momentum}, name)


@dataclass(frozen=True)
class Dropout(LayerBlock):
    """A dropout; written `dropout:rate`."""

    kind: ClassVar[str] = "dropout"
    rate: float = bounded(
        0.5, 0.0, 0.9, label="Dropout", help="Share of values silenced in training. 0: none. High: learns slowly."
    )

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec("Dropout", {"rate": self.rate}, name)


@dataclass(frozen=True)
class Flatten(LayerBlock):
    """Image to list of numbers; written `flatten`."""

    kind: ClassVar[str] = "flatten"

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec("Flatten", {}, name)


@dataclass(frozen=True)
class GlobalPool(LayerBlock):
    """One number a feature map; written `global_pool:method`."""

    kind: ClassVar[str] = "global_pool"
    method: str = choice("average", ("average", "max"), label="Pooling", help="What is kept of each map.")

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec(f"Global{self.method.title()}Pooling2D", {}, name)


@dataclass(frozen=True)
class Dense(LayerBlock):
    """A fully connected layer; written `dense:units:activation`."""

    kind: ClassVar[str] = "dense"
    units: int = bounded(128, 1, 1024, label="Units", help="Neurons. Few: cannot tell classes apart. Many: overfits.")
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)

    def to_spec(self, name: str) -> LayerSpec:
        """Describe the Keras layer."""
        return LayerSpec("Dense", {"units": self.units, "activation": self.activation}, name)


LAYER_BLOCKS: tuple[type[LayerBlock], ...] = (Conv, Pool, BatchNorm, Dropout, Flatten, GlobalPool, Dense)


def to_specs(layer_blocks: Iterable[LayerBlock]) -> list[LayerSpec]:
    """Describe the layers in order, each named by its kind and number, such as `conv_2`."""
    counts: dict[str, int] = {}
    specs = []
    for block in layer_blocks:
        counts[block.kind] = counts.get(block.kind, 0) + 1
        specs.append(block.to_spec(f"{block.kind}_{counts[block.kind]}"))
    return specs
