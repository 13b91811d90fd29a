"""All supported layers: shape arithmetic, input rank, kernels and colour.

A new layer needs one entry here, and a block in `blocks.py` if users can add it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import ConfigError
from core.figures.colours import BLUE, GREEN, GREY, ORANGE
from core.layers.spec import LayerSpec, Shape


@dataclass(frozen=True)
class Effect:
    """A layer's output shape, its cost, and its window (size, stride) if it has one."""

    shape: Shape
    parameters: int = 0
    multiply_adds: int = 0
    window: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class LayerKind:
    """Properties of a Keras layer class.

    Args:
        effect: Maps (shape of one example, layer) to its effect; raises ConfigError for an impossible shape.
        rank: Rank of one input example: 3 for an image, 1 for a vector, 0 for any.
        kernels: Prefixes of its kernel arguments: `kernel` for `kernel_initializer`.
        colour: Colour in drawings; the words in a box say the same.
        is_constant: Whether it always maps equal inputs to equal outputs: no weights, no randomness.
        passes_on: Whether it only places, scales or passes on its input: there is nothing new to see.
    """

    effect: Callable[[Shape, LayerSpec], Effect]
    rank: int = 0
    kernels: tuple[str, ...] = ()
    colour: str = GREY
    is_constant: bool = False
    passes_on: bool = False


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
        return "Use a smaller window, or remove this or an earlier pooling layer."
    return "Use padding same or a smaller kernel."


def _conv_window(shape: Shape, spec: LayerSpec) -> tuple[int, int, int, int]:
    """Return a convolution's output (height, width), window size and stride."""
    stride, dilation = spec.kwargs.get("strides", 1), spec.kwargs.get("dilation_rate", 1)
    if stride > 1 and dilation > 1:
        raise ConfigError(
            f"{spec.name} cannot have both a stride of {stride} and a dilation of {dilation}",
            field=spec.seen_as,
            fix="Set one of them to 1.",
        )
    size = dilation * (spec.kwargs["kernel_size"] - 1) + 1
    return *_windowed(shape, spec, size, stride), size, stride


def _conv(shape: Shape, spec: LayerSpec) -> Effect:
    height, width, size, stride = _conv_window(shape, spec)
    kernel, filters = spec.kwargs["kernel_size"], spec.kwargs["filters"]
    weights = kernel * kernel * shape[2] * filters
    return Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def _separable_conv(shape: Shape, spec: LayerSpec) -> Effect:
    """Apply one kernel per channel, then mix the channels with a 1x1 convolution."""
    height, width, size, stride = _conv_window(shape, spec)
    kernel, filters = spec.kwargs["kernel_size"], spec.kwargs["filters"]
    weights = kernel * kernel * shape[2] + shape[2] * filters
    return Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def _depthwise_conv(shape: Shape, spec: LayerSpec) -> Effect:
    height, width, size, stride = _conv_window(shape, spec)
    weights = spec.kwargs["kernel_size"] ** 2 * shape[2]
    cost = weights + _biases(spec, shape[2]), height * width * weights
    return Effect((height, width, shape[2]), *cost, (size, stride))


def _biases(spec: LayerSpec, filters: int) -> int:
    return filters if spec.kwargs.get("use_bias", True) else 0


def _concatenated(shape: Shape, spec: LayerSpec) -> Effect:
    """Inputs of one shape, behind one another."""
    return Effect((*shape[:-1], len(spec.inputs) * shape[-1]))


def _pool(shape: Shape, spec: LayerSpec) -> Effect:
    size = spec.kwargs["pool_size"]
    stride = spec.kwargs.get("strides") or size
    height, width = _windowed(shape, spec, size, stride)
    return Effect((height, width, shape[2]), window=(size, stride))


def _dense(shape: Shape, spec: LayerSpec) -> Effect:
    units = spec.kwargs["units"]
    return Effect((units,), shape[0] * units + units, shape[0] * units)


def _flatten(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect((math.prod(shape),))


def _transposed(shape: Shape, spec: LayerSpec) -> Effect:
    """Add the kernel to the larger map at each position of the smaller one; padding `same`."""
    kernel, filters, stride = (spec.kwargs[name] for name in ("kernel_size", "filters", "strides"))
    weights = kernel * kernel * shape[2] * filters
    side = (shape[0] * stride, shape[1] * stride)
    return Effect((*side, filters), weights + _biases(spec, filters), shape[0] * shape[1] * weights)


def _upsample(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect((shape[0] * spec.kwargs["size"], shape[1] * spec.kwargs["size"], shape[2]))


def _crop(shape: Shape, spec: LayerSpec) -> Effect:
    (top, bottom), (left, right) = spec.kwargs["cropping"]
    return Effect((shape[0] - top - bottom, shape[1] - left - right, shape[2]))


def _reshape(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect(tuple(spec.kwargs["target_shape"]))


def _global_pool(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect((shape[2],))


def _batch_norm(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect(shape, 4 * shape[-1], math.prod(shape))


def _layer_norm(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect(shape, 2 * shape[-1], math.prod(shape))


def _unchanged(shape: Shape, spec: LayerSpec) -> Effect:
    return Effect(shape)


KINDS: dict[str, LayerKind] = {
    "Activation": LayerKind(_unchanged, is_constant=True),
    "Add": LayerKind(_unchanged, is_constant=True),
    "AveragePooling2D": LayerKind(_pool, 3, colour=ORANGE, is_constant=True),
    "BatchNormalization": LayerKind(_batch_norm),
    "Concatenate": LayerKind(_concatenated, is_constant=True),
    "Conv2D": LayerKind(_conv, 3, ("kernel",), BLUE),
    "Conv2DTranspose": LayerKind(_transposed, 3, colour=BLUE),
    "Cropping2D": LayerKind(_crop, is_constant=True, passes_on=True),
    "Dense": LayerKind(_dense, 1, ("kernel",), GREEN),
    "DepthwiseConv2D": LayerKind(_depthwise_conv, 3, ("depthwise",), BLUE),
    "Dropout": LayerKind(_unchanged, passes_on=True),
    "Flatten": LayerKind(_flatten, is_constant=True, passes_on=True),
    "GlobalAveragePooling2D": LayerKind(_global_pool, 3, colour=ORANGE, is_constant=True),
    "GlobalMaxPooling2D": LayerKind(_global_pool, 3, colour=ORANGE, is_constant=True),
    "LayerNormalization": LayerKind(_layer_norm),
    "MaxPooling2D": LayerKind(_pool, 3, colour=ORANGE, is_constant=True),
    "Normalization": LayerKind(_unchanged, is_constant=True, passes_on=True),
    "Rescaling": LayerKind(_unchanged, is_constant=True, passes_on=True),
    "Reshape": LayerKind(_reshape, is_constant=True, passes_on=True),
    "SeparableConv2D": LayerKind(_separable_conv, 3, ("depthwise", "pointwise"), BLUE),
    "UpSampling2D": LayerKind(_upsample, 3, is_constant=True),
}
