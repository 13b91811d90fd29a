"""Layers of image networks as list entries, for links, widgets and specs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from core.config import Block, bounded, choice
from core.layers.kinds import KINDS
from core.layers.layer_block import LayerBlock as LayerBlock  # all blocks can be had from here
from core.layers.pretrained import Pretrained
from core.layers.spec import LayerSpec

ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "linear": "linear",
}
PADDINGS = ("valid", "same")
WIDTHS = {"tiny": 0.001, "huge": 2.0}  # standard deviations of initial weights far from what suits a network
RESIDUAL_MOMENTUM = 0.9  # Keras' default 0.99 needs hundreds of updates, more than a short run makes

_ACTIVATION: dict[str, Any] = {
    "label": "Activation",
    "help": "Applied to the weighted sum. linear: layers collapse into one. tanh, sigmoid: deep networks learn slowly.",
}
_STRIDE: dict[str, Any] = {
    "unit": "pixels",
    "label": "Stride",
    "help": "Distance between kernel positions. 1: every position. Larger: a smaller map, faster, less detail.",
}
_PADDING: dict[str, Any] = {
    "label": "Padding",
    "help": "same: pads with zeros, so the map keeps its size. valid: no padding, so the map shrinks.",
}
_FILTERS: dict[str, Any] = {
    "label": "Filters",
    "help": "Number of patterns to detect. Few: misses shapes. Many: slow, overfits.",
    "is_width": True,
}
_KERNEL: dict[str, Any] = {
    "unit": "pixels",
    "label": "Kernel size",
    "help": "Side of each pattern. Small: fine detail, few weights. Large: large shapes, slow.",
}


@dataclass(frozen=True)
class Conv(LayerBlock):
    """A convolution; written `conv:filters:kernel_size:activation:stride:padding:dilation`."""

    kind: ClassVar[str] = "conv"
    title: ClassVar[str] = "Convolution"
    filters: int = bounded(32, 1, 256, **_FILTERS)
    kernel_size: int = bounded(3, 1, 11, **_KERNEL)
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)
    stride: int = bounded(1, 1, 4, **_STRIDE)
    padding: str = choice("valid", PADDINGS, **_PADDING)
    dilation: int = bounded(
        1,
        1,
        3,
        unit="pixels",
        label="Dilation",
        help="Spacing of the pixels under the kernel. 1: adjacent. Larger: a wider view with gaps.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return _conv_summary(self) + (f", dilation {self.dilation}" if self.dilation > 1 else "")

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        dilation = {"dilation_rate": self.dilation} if self.dilation > 1 else {}
        return LayerSpec("Conv2D", {**_conv_kwargs(self), **dilation}, name)

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Return one spec, or two for a 1x1 kernel with a stride above 1."""
        return stepping(self.to_spec(name))

    def channels(self, before: int) -> int:
        """Return the number of filters."""
        return self.filters


@dataclass(frozen=True)
class SeparableConv(LayerBlock):
    """A depthwise-separable convolution; written `separable:filters:kernel_size:activation:stride:padding`."""

    kind: ClassVar[str] = "separable"
    title: ClassVar[str] = "Separable convolution"
    filters: int = bounded(32, 1, 256, **_FILTERS)
    kernel_size: int = bounded(3, 1, 11, **_KERNEL)
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)
    stride: int = bounded(1, 1, 4, **_STRIDE)
    padding: str = choice("valid", PADDINGS, **_PADDING)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return _conv_summary(self)

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec("SeparableConv2D", _conv_kwargs(self), name)

    def channels(self, before: int) -> int:
        """Return the number of filters."""
        return self.filters


@dataclass(frozen=True)
class Residual(LayerBlock):
    """Two convolutions with a skip connection; written `residual:filters:kernel_size:activation:stride`.

    Source: He et al., Deep residual learning for image recognition, 2015, figure 2 and section 3.3, option B.
    """

    kind: ClassVar[str] = "residual"
    title: ClassVar[str] = "Residual block"
    filters: int = bounded(32, 1, 256, **_FILTERS)
    kernel_size: int = bounded(3, 1, 11, **_KERNEL)
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)
    stride: int = bounded(1, 1, 4, **_STRIDE)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        stride = f", stride {self.stride}" if self.stride > 1 else ""
        return f"{self.filters} × {_square(self.kernel_size)} twice, {ACTIVATIONS[self.activation]}{stride}"

    def to_specs(self, name: str, before: str, channels: int) -> list[LayerSpec]:
        """Return the specs of both convolutions, the skip connection and their sum."""
        end, shortcut, around = f"{name}_norm_2", before, []
        if self.stride > 1 or channels != self.filters:  # the shapes differ: project with a 1x1 convolution
            shortcut = f"{name}_shortcut_norm"
            around = [*stepping(self._conv(f"{name}_shortcut", 1, self.stride, (before,))), _norm(shortcut)]
        specs = [
            *stepping(self._conv(f"{name}_conv_1", self.kernel_size, self.stride)),
            _norm(f"{name}_norm_1"),
            LayerSpec("Activation", {"activation": self.activation}, f"{name}_bend"),
            self._conv(f"{name}_conv_2", self.kernel_size, 1),
            _norm(end),
            *around,
            LayerSpec("Add", {}, f"{name}_sum", (end, shortcut)),
            LayerSpec("Activation", {"activation": self.activation}, name),
        ]
        return [replace(spec, block=name) for spec in specs]

    def channels(self, before: int) -> int:
        """Return the number of filters."""
        return self.filters

    def _conv(self, name: str, kernel_size: int, stride: int, inputs: tuple[str, ...] = ()) -> LayerSpec:
        kwargs = {"filters": self.filters, "kernel_size": kernel_size, "strides": stride}
        return LayerSpec("Conv2D", {**kwargs, "padding": "same", "use_bias": False}, name, inputs)


@dataclass(frozen=True)
class Pool(LayerBlock):
    """A pooling layer; written `pool:method:size:stride`."""

    kind: ClassVar[str] = "pool"
    title: ClassVar[str] = "Pooling"
    method: str = choice(
        "max", ("max", "average"), label="Pooling", help="Value kept from each window: its maximum or its mean."
    )
    size: int = bounded(
        2, 2, 8, unit="pixels", label="Size", help="Side of the window. Small: saves little. Large: loses detail."
    )
    stride: int = bounded(
        0,
        0,
        8,
        unit="pixels",
        label="Stride",
        help="Distance between windows. 0: the window's size. Smaller: windows overlap. Larger: gaps.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.method} {_square(self.size)}" + (f", stride {self.stride}" if self.stride else "")

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        stride = {"strides": self.stride} if self.stride else {}
        return LayerSpec(f"{self.method.title()}Pooling2D", {"pool_size": self.size, **stride}, name)


@dataclass(frozen=True)
class BatchNorm(LayerBlock):
    """A batch normalisation layer; written `batch_norm:momentum`."""

    kind: ClassVar[str] = "batch_norm"
    title: ClassVar[str] = "Batch normalisation"
    momentum: float = bounded(
        0.99,
        0.0,
        0.999,
        step=0.001,
        label="Momentum",
        help="Share of the running mean that each update keeps. Low: noisy. High: settles too slowly for a short run.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"momentum {self.momentum:g}"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return _norm(name, self.momentum)


@dataclass(frozen=True)
class LayerNorm(LayerBlock):
    """A layer normalisation layer; written `layer_norm`."""

    kind: ClassVar[str] = "layer_norm"
    title: ClassVar[str] = "Layer normalisation"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec("LayerNormalization", {}, name)


@dataclass(frozen=True)
class Dropout(LayerBlock):
    """A dropout layer; written `dropout:rate`."""

    kind: ClassVar[str] = "dropout"
    title: ClassVar[str] = "Dropout"
    rate: float = bounded(
        0.5,
        0.0,
        0.9,
        step=0.05,
        label="Rate",
        help="Share of values set to 0 in training. 0: none. Low: little effect. High: learns slowly or not at all.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.rate:g}"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec("Dropout", {"rate": self.rate}, name)


@dataclass(frozen=True)
class Flatten(LayerBlock):
    """Turns feature maps into one vector; written `flatten`."""

    kind: ClassVar[str] = "flatten"
    title: ClassVar[str] = "Flatten"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec("Flatten", {}, name)


@dataclass(frozen=True)
class GlobalPool(LayerBlock):
    """Reduces each feature map to one number; written `global_pool:method`."""

    kind: ClassVar[str] = "global_pool"
    title: ClassVar[str] = "Global pooling"
    method: str = choice(
        "average", ("average", "max"), label="Pooling", help="Value kept from each map: its mean or its maximum."
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return self.method

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec(f"Global{self.method.title()}Pooling2D", {}, name)


@dataclass(frozen=True)
class Dense(LayerBlock):
    """A fully connected layer; written `dense:units:activation`."""

    kind: ClassVar[str] = "dense"
    title: ClassVar[str] = "Dense"
    units: int = bounded(
        128,
        1,
        1024,
        label="Units",
        help="Neurons, each connected to every input. Few: cannot separate the classes. Many: overfits.",
        is_width=True,
    )
    activation: str = choice("relu", ACTIVATIONS, **_ACTIVATION)

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return f"{self.units}, {ACTIVATIONS[self.activation]}"

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer."""
        return LayerSpec("Dense", {"units": self.units, "activation": self.activation}, name)

    def channels(self, before: int) -> int:
        """Return how many channels it gives."""
        return self.units


LAYER_BLOCKS: tuple[type[LayerBlock], ...] = (
    Conv,
    SeparableConv,
    Residual,
    Pool,
    BatchNorm,
    LayerNorm,
    Dropout,
    Flatten,
    GlobalPool,
    Dense,
    Pretrained,
)


def to_specs(layer_blocks: Iterable[LayerBlock], before: str, channels: int) -> list[LayerSpec]:
    """Return the specs of all layers, in order.

    Args:
        layer_blocks: Blocks to convert.
        before: Name of the layer before the first block.
        channels: Output channels of that layer.
    """
    layer_blocks = tuple(layer_blocks)
    specs: list[LayerSpec] = []
    for block, name in zip(layer_blocks, block_names(layer_blocks), strict=True):
        specs += block.to_specs(name, before, channels)
        before, channels = name, block.channels(channels)
    return specs


def stepping(spec: LayerSpec) -> list[LayerSpec]:
    """Split a strided 1x1 convolution into subsampling and stride 1; return others as they are.

    Both compute the same values. TensorFlow 2.21 with oneDNN crashes in the gradient of a strided 1x1 convolution
    if the batch does not divide evenly among its threads.
    """
    stride = spec.kwargs["strides"]
    if spec.kwargs["kernel_size"] > 1 or stride == 1:
        return [spec]
    step = LayerSpec("MaxPooling2D", {"pool_size": 1, "strides": stride}, f"{spec.name}_step", spec.inputs, spec.name)
    return [step, replace(spec, kwargs={**spec.kwargs, "strides": 1}, inputs=())]


def say_blocks(layer_blocks: Iterable[Block]) -> str:
    """Return the number of blocks of each kind, such as `2 × convolution, dense`."""
    counts = Counter(block.title.lower() for block in layer_blocks)
    return ", ".join(f"{count} × {title}" if count > 1 else title for title, count in counts.items()) or "none"


def block_names(layer_blocks: Iterable[Block]) -> list[str]:
    """Name each block by its kind and number, such as `conv_2`."""
    counts: dict[str, int] = {}
    names = []
    for block in layer_blocks:
        counts[block.kind] = counts.get(block.kind, 0) + 1
        names.append(f"{block.kind}_{counts[block.kind]}")
    return names


def with_kernels(specs: Iterable[LayerSpec], initializer: str, l1: float, l2: float) -> list[LayerSpec]:
    """Return the layers with kernel initialisers and regularisers; Keras' defaults are omitted.

    Pretrained kernels have their weights already, so they get no initialiser.
    """
    arguments: dict[str, Any] = {}
    if initializer != "glorot_uniform":
        width = WIDTHS.get(initializer)
        normal = {"class_name": "RandomNormal", "config": {"stddev": width}}
        arguments["initializer"] = initializer if width is None else normal
    if l1 or l2:
        arguments["regularizer"] = {"class_name": "L1L2", "config": {"l1": l1, "l2": l2}}
    return [replace(spec, kwargs={**spec.kwargs, **_kernel_kwargs(spec, arguments)}) for spec in specs]


def _kernel_kwargs(spec: LayerSpec, arguments: Mapping[str, Any]) -> dict[str, Any]:
    kernels = KINDS[spec.keras_class].kernels
    said = {word: value for word, value in arguments.items() if not (word == "initializer" and spec.weights)}
    return {f"{kernel}_{word}": value for kernel in kernels for word, value in said.items()}


def _norm(name: str, momentum: float = RESIDUAL_MOMENTUM) -> LayerSpec:
    return LayerSpec("BatchNormalization", {"momentum": momentum}, name)


def _conv_kwargs(block: Conv | SeparableConv) -> dict[str, Any]:
    return {
        "filters": block.filters,
        "kernel_size": block.kernel_size,
        "strides": block.stride,
        "padding": block.padding,
        "activation": block.activation,
    }


def _conv_summary(block: Conv | SeparableConv) -> str:
    parts = [f"{block.filters} × {_square(block.kernel_size)}", ACTIVATIONS[block.activation]]
    if block.stride > 1:
        parts.append(f"stride {block.stride}")
    if block.padding == "same":
        parts.append("same")
    return ", ".join(parts)


def _square(side: int) -> str:
    return f"{side}×{side}"
