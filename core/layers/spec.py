"""What a network is made of, and the arithmetic of its layers, without TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import ConfigError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a network.

    Args:
        keras_class: Stock Keras class.
        kwargs: Its arguments: plain values, or an object as `{"class_name": ..., "config": {...}}`.
        name: Unique in the network.
        inputs: Names of the layers that it takes its input from; none for the one before it.
        block: Name of the group of layers that people see as one; empty if it stands alone.
        wrapper: Stock Keras class that it is wrapped in, such as `SpectralNormalization`; empty if none.
    """

    keras_class: str
    kwargs: Mapping[str, Any]
    name: str
    inputs: tuple[str, ...] = ()
    block: str = ""
    wrapper: str = ""

    @property
    def seen_as(self) -> str:
        """The name under which people see it: its block's or its own."""
        return self.block or self.name


@dataclass(frozen=True)
class NetworkSpec:
    """One network of a run.

    Args:
        id: Stable name in stored runs.
        specs: Its layers.
        input_shape: Of one example.
        dtype: Of what comes in: `uint8` or `float32`.
        title: Name on the page; empty where a family has one network only.
        takes: What comes in, in a word.
        blocks: The setting that lists its layers.
        passes: How often an update goes through it, forward and back, compared with a classifier's update.
    """

    id: str
    specs: tuple[LayerSpec, ...]
    input_shape: Shape
    dtype: str = "uint8"
    title: str = ""
    takes: str = "image"
    blocks: str = "layers"
    passes: float = 1.0


@dataclass(frozen=True)
class LayerCost:
    """What a layer makes of its input.

    Args:
        spec: The layer.
        output_shape: Shape of one example's output, without the batch axis.
        parameters: Weights that the layer holds, moving statistics included.
        multiply_adds: Multiplications (each with its addition) for one example.
        receptive_field: Side in pixels of the input that one output value sees; 0 if it is all.
    """

    spec: LayerSpec
    output_shape: Shape
    parameters: int
    multiply_adds: int
    receptive_field: int


@dataclass(frozen=True)
class _Field:
    """How the receptive field has grown: its side and the distance of neighbours, in pixels."""

    side: int = 1
    jump: int = 1


@dataclass(frozen=True)
class _Effect:
    """A layer's output shape, its cost, and its window (size, stride) if it has one."""

    shape: Shape
    parameters: int = 0
    multiply_adds: int = 0
    window: tuple[int, int] = (1, 1)


def trace(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerCost]:
    """Follow one example of `input_shape` (h, w, c) through the layers.

    Raises:
        ConfigError: A layer cannot take what those before it give; its `field` is the name it is seen as.
    """
    return list(steps(specs, input_shape))


def steps(specs: Sequence[LayerSpec], input_shape: Shape) -> Iterator[LayerCost]:
    """Follow one example layer by layer; what comes before an impossible layer is still given.

    Raises:
        ConfigError: As `trace`, when it comes to that layer.
    """
    shape, seen = input_shape, _Field() if len(input_shape) == 3 else _Field(side=0)
    outputs: dict[str, tuple[Shape, _Field]] = {}
    turner = ""  # the last layer that made a list of an image, or an image of a list
    for spec in specs:
        if spec.inputs:
            shape, seen = _merged(spec, [outputs[name] for name in spec.inputs])
        _check_kind(shape, spec, turner)
        effect = _EFFECTS[spec.keras_class](shape, spec)
        if spec.wrapper:  # spectral normalisation keeps a vector beside the kernel
            effect = replace(effect, parameters=effect.parameters + effect.shape[-1])
        seen = _grown(seen, effect)
        if len(effect.shape) != len(shape):
            turner = spec.seen_as
        shape = effect.shape
        outputs[spec.name] = shape, seen
        yield LayerCost(spec, shape, effect.parameters, effect.multiply_adds, seen.side)


def _check_kind(shape: Shape, spec: LayerSpec, turner: str) -> None:
    """Refuse a layer that gets a list and needs an image, or the other way round."""
    if spec.keras_class in _OF_IMAGES and len(shape) != 3:
        raise ConfigError(
            f"{spec.seen_as} needs an image (height, width, channels)",
            field=spec.seen_as,
            received=f"a list of {shape[0]} numbers",
            fix=f"Put it before {turner}." if turner else "Put it after a layer that makes an image of them.",
        )
    if spec.keras_class in _OF_LISTS and len(shape) != 1:
        raise ConfigError(
            f"{spec.name} needs a list of numbers",
            field=spec.seen_as,
            received=f"an image of shape {written(shape)}",
            fix=f"Put it before {turner}." if turner else "Put a flatten or a global pooling before it.",
        )


def total_parameters(costs: Sequence[LayerCost]) -> int:
    """Return the number of weights of the whole network."""
    return sum(cost.parameters for cost in costs)


def total_multiply_adds(costs: Sequence[LayerCost]) -> int:
    """Return the multiplications of one forward pass of one example."""
    return sum(cost.multiply_adds for cost in costs)


def _merged(spec: LayerSpec, sources: Sequence[tuple[Shape, _Field]]) -> tuple[Shape, _Field]:
    """Return the shape that all sources share, and the widest field."""
    shapes = [shape for shape, _ in sources]
    if len(set(shapes)) > 1:
        received = " and ".join(written(shape) for shape in shapes)
        raise ConfigError(f"{spec.name} cannot add unequal shapes", field=spec.seen_as, received=received)
    return shapes[0], max((seen for _, seen in sources), key=lambda seen: seen.side)


def written(shape: Shape) -> str:
    """Return a shape as people write it, such as 28x28x1."""
    return "x".join(map(str, shape))


def _grown(seen: _Field, effect: _Effect) -> _Field:
    if len(effect.shape) < 3 or seen.side == 0:
        return _Field(side=0)
    size, stride = effect.window
    return _Field(seen.side + (size - 1) * seen.jump, seen.jump * stride)


def _window_side(length: int, size: int, stride: int, padding: str) -> int:
    if padding == "same":
        return math.ceil(length / stride)
    return (length - size) // stride + 1


def _windowed(shape: Shape, spec: LayerSpec, size: int, stride: int) -> tuple[int, int]:
    """Return (height, width) after sliding a `size` window over `shape`."""
    padding = spec.kwargs.get("padding", "valid")
    if padding == "valid" and min(shape[:2]) < size:
        raise ConfigError(
            f"{spec.seen_as}: the {shape[0]}x{shape[1]} map is smaller than the {_window_word(spec, size)}",
            field=spec.seen_as,
            fix=_window_fix(spec),
        )
    height, width = (_window_side(length, size, stride, padding) for length in shape[:2])
    return height, width


def _window_word(spec: LayerSpec, size: int) -> str:
    if "pool_size" in spec.kwargs:
        return f"{size}x{size} window"
    kernel, dilation = spec.kwargs["kernel_size"], spec.kwargs.get("dilation_rate", 1)
    wide = f" with dilation {dilation}, {size} pixels wide" if dilation > 1 else ""
    return f"{kernel}x{kernel} kernel{wide}"


def _window_fix(spec: LayerSpec) -> str:
    if "pool_size" in spec.kwargs:
        return "Make it smaller, or remove it or a pooling before it."
    return "Use padding same or a smaller kernel."


def _conv_window(shape: Shape, spec: LayerSpec) -> tuple[int, int, int, int]:
    """Return (height, width) of the map that a convolution makes, and its window's size and stride."""
    stride, dilation = spec.kwargs.get("strides", 1), spec.kwargs.get("dilation_rate", 1)
    if stride > 1 and dilation > 1:
        raise ConfigError(
            f"{spec.name} cannot have both a stride of {stride} and a dilation of {dilation}",
            field=spec.seen_as,
            fix="Set one of them to 1.",
        )
    size = dilation * (spec.kwargs["kernel_size"] - 1) + 1
    return *_windowed(shape, spec, size, stride), size, stride


def _conv(shape: Shape, spec: LayerSpec) -> _Effect:
    height, width, size, stride = _conv_window(shape, spec)
    kernel, filters = spec.kwargs["kernel_size"], spec.kwargs["filters"]
    weights = kernel * kernel * shape[2] * filters
    return _Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def _separable_conv(shape: Shape, spec: LayerSpec) -> _Effect:
    """A kernel for each channel, then a 1x1 convolution that mixes them."""
    height, width, size, stride = _conv_window(shape, spec)
    kernel, filters = spec.kwargs["kernel_size"], spec.kwargs["filters"]
    weights = kernel * kernel * shape[2] + shape[2] * filters
    return _Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def _biases(spec: LayerSpec, filters: int) -> int:
    return filters if spec.kwargs.get("use_bias", True) else 0


def _pool(shape: Shape, spec: LayerSpec) -> _Effect:
    size = spec.kwargs["pool_size"]
    stride = spec.kwargs.get("strides") or size
    height, width = _windowed(shape, spec, size, stride)
    return _Effect((height, width, shape[2]), window=(size, stride))


def _dense(shape: Shape, spec: LayerSpec) -> _Effect:
    units = spec.kwargs["units"]
    return _Effect((units,), shape[0] * units + units, shape[0] * units)


def _flatten(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect((math.prod(shape),))


def _transposed(shape: Shape, spec: LayerSpec) -> _Effect:
    """A convolution's way back: each place of the smaller map adds its kernel to the larger one; padding `same`."""
    kernel, filters, stride = (spec.kwargs[name] for name in ("kernel_size", "filters", "strides"))
    weights = kernel * kernel * shape[2] * filters
    side = (shape[0] * stride, shape[1] * stride)
    return _Effect((*side, filters), weights + _biases(spec, filters), shape[0] * shape[1] * weights)


def _upsample(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect((shape[0] * spec.kwargs["size"], shape[1] * spec.kwargs["size"], shape[2]))


def _crop(shape: Shape, spec: LayerSpec) -> _Effect:
    (top, bottom), (left, right) = spec.kwargs["cropping"]
    return _Effect((shape[0] - top - bottom, shape[1] - left - right, shape[2]))


def _reshape(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(tuple(spec.kwargs["target_shape"]))


def _global_pool(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect((shape[2],))


def _batch_norm(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape, 4 * shape[-1], math.prod(shape))


def _layer_norm(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape, 2 * shape[-1], math.prod(shape))


def _unchanged(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape)


_EFFECTS: dict[str, Callable[[Shape, LayerSpec], _Effect]] = {
    "Activation": _unchanged,
    "Add": _unchanged,
    "AveragePooling2D": _pool,
    "BatchNormalization": _batch_norm,
    "Conv2D": _conv,
    "Conv2DTranspose": _transposed,
    "Cropping2D": _crop,
    "Dense": _dense,
    "Dropout": _unchanged,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalMaxPooling2D": _global_pool,
    "LayerNormalization": _layer_norm,
    "MaxPooling2D": _pool,
    "Normalization": _unchanged,
    "Rescaling": _unchanged,
    "Reshape": _reshape,
    "SeparableConv2D": _separable_conv,
    "UpSampling2D": _upsample,
}

_OF_LISTS = {"Dense"}
_OF_IMAGES = {
    *("AveragePooling2D", "Conv2D", "Conv2DTranspose", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
    *("MaxPooling2D", "SeparableConv2D", "UpSampling2D"),
}
