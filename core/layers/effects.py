"""The shape arithmetic of layers: what becomes of the shape of one example, and what that costs. No TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core.errors import ConfigError
from core.layers.spec import LayerSpec, Shape, written


@dataclass(frozen=True)
class Effect:
    """A layer's output shape, its cost, its window (size, stride) if it has one, and steps that await each other."""

    shape: Shape
    parameters: int = 0
    multiply_adds: int = 0
    window: tuple[int, int] = (1, 1)
    turns: int = 0


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    """Return the number of rows and of columns of what is given as one number or as two."""
    rows, columns = (value, value) if isinstance(value, int) else value
    return rows, columns


def padding_before(length: int, size: int, stride: int, padding: str) -> int:
    """Return how many zeros `same` puts before the first pixel of a side; the rest, at most one more, come after it."""
    if padding != "same":
        return 0
    return max(0, (math.ceil(length / stride) - 1) * stride + size - length) // 2


def _window_side(length: int, size: int, stride: int, padding: str) -> int:
    if padding in ("same", "causal"):
        return math.ceil(length / stride)
    return (length - size) // stride + 1


def _windowed(shape: Shape, spec: LayerSpec, sizes: tuple[int, int], strides: tuple[int, int]) -> tuple[int, int]:
    """Return (height, width) after sliding a window of these sizes over `shape`."""
    padding = spec.kwargs.get("padding", "valid")
    if padding == "valid" and (shape[0] < sizes[0] or shape[1] < sizes[1]):
        raise ConfigError(
            f"{spec.seen_as}: the {shape[0]}x{shape[1]} map is smaller than the {_window_word(spec, sizes)}",
            field=spec.seen_as,
            fix=_window_fix(spec),
        )
    sides = zip(shape[:2], sizes, strides, strict=True)
    height, width = (_window_side(length, size, stride, padding) for length, size, stride in sides)
    return height, width


def _window_word(spec: LayerSpec, sizes: tuple[int, int]) -> str:
    if "pool_size" in spec.kwargs:
        return f"{written(sizes)} window"
    kernel, dilation = pair(spec.kwargs["kernel_size"]), max(pair(spec.kwargs.get("dilation_rate", 1)))
    wide = f" with dilation {dilation}, {max(sizes)} pixels wide" if dilation > 1 else ""
    return f"{written(kernel)} kernel{wide}"


def _window_fix(spec: LayerSpec) -> str:
    if "pool_size" in spec.kwargs:
        return "Use a smaller window, or remove this or an earlier pooling layer."
    return "Use padding same or a smaller kernel."


def _conv_window(shape: Shape, spec: LayerSpec) -> tuple[int, int, int, int]:
    """Return a convolution's output (height, width), and its larger window size and stride."""
    strides, dilations = pair(spec.kwargs.get("strides", 1)), pair(spec.kwargs.get("dilation_rate", 1))
    if max(strides) > 1 and max(dilations) > 1:
        raise ConfigError(
            f"{spec.name} cannot have both a stride of {max(strides)} and a dilation of {max(dilations)}",
            field=spec.seen_as,
            fix="Set one of them to 1.",
        )
    kernel = pair(spec.kwargs["kernel_size"])
    sizes = (dilations[0] * (kernel[0] - 1) + 1, dilations[1] * (kernel[1] - 1) + 1)
    return *_windowed(shape, spec, sizes, strides), max(sizes), max(strides)


def conv(shape: Shape, spec: LayerSpec) -> Effect:
    """Sum over a window of all channels, once for each filter."""
    height, width, size, stride = _conv_window(shape, spec)
    filters, groups = spec.kwargs["filters"], spec.kwargs.get("groups", 1)
    if shape[2] % groups or filters % groups:
        raise ConfigError(f"{spec.name} cannot divide its channels into {groups} groups", field=spec.seen_as)
    weights = math.prod(pair(spec.kwargs["kernel_size"])) * shape[2] // groups * filters
    return Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def separable_conv(shape: Shape, spec: LayerSpec) -> Effect:
    """Apply one kernel per channel, then mix the channels with a 1x1 convolution."""
    height, width, size, stride = _conv_window(shape, spec)
    filters, depth = spec.kwargs["filters"], shape[2] * spec.kwargs.get("depth_multiplier", 1)
    weights = math.prod(pair(spec.kwargs["kernel_size"])) * depth + depth * filters
    return Effect((height, width, filters), weights + _biases(spec, filters), height * width * weights, (size, stride))


def depthwise_conv(shape: Shape, spec: LayerSpec) -> Effect:
    """Slide one kernel over each channel."""
    height, width, size, stride = _conv_window(shape, spec)
    depth = shape[2] * spec.kwargs.get("depth_multiplier", 1)
    weights = math.prod(pair(spec.kwargs["kernel_size"])) * depth
    cost = weights + _biases(spec, depth), height * width * weights
    return Effect((height, width, depth), *cost, (size, stride))


def _biases(spec: LayerSpec, filters: int) -> int:
    return filters if spec.kwargs.get("use_bias", True) else 0


def pool(shape: Shape, spec: LayerSpec) -> Effect:
    """Take one number of each window."""
    sizes = pair(spec.kwargs["pool_size"])
    strides = pair(spec.kwargs.get("strides") or sizes)
    height, width = _windowed(shape, spec, sizes, strides)
    return Effect((height, width, shape[2]), window=(max(sizes), max(strides)))


def dense(shape: Shape, spec: LayerSpec) -> Effect:
    """Weigh all numbers, once for each unit; those of a sequence step by step."""
    units, times = spec.kwargs["units"], math.prod(shape[:-1])
    return Effect((*shape[:-1], units), shape[-1] * units + _biases(spec, units), times * shape[-1] * units)


def embedding(shape: Shape, spec: LayerSpec) -> Effect:
    """Look up a list of numbers for each token."""
    size = spec.kwargs["output_dim"]
    return Effect((*shape, size), spec.kwargs["input_dim"] * size)


def flatten(shape: Shape, spec: LayerSpec) -> Effect:
    """Put all numbers in one list."""
    return Effect((math.prod(shape),))


def transposed(shape: Shape, spec: LayerSpec) -> Effect:
    """Add the kernel to the larger map at each position of the smaller one."""
    filters, sizes, strides = spec.kwargs["filters"], pair(spec.kwargs["kernel_size"]), pair(spec.kwargs["strides"])
    weights = math.prod(sizes) * shape[2] * filters
    sides = [length * stride for length, stride in zip(shape[:2], strides, strict=True)]
    if spec.kwargs.get("padding", "same") == "valid":
        sides = [side + max(size - stride, 0) for side, size, stride in zip(sides, sizes, strides, strict=True)]
    return Effect((*sides, filters), weights + _biases(spec, filters), shape[0] * shape[1] * weights)


def upsample(shape: Shape, spec: LayerSpec) -> Effect:
    """Repeat rows and columns."""
    rows, columns = pair(spec.kwargs["size"])
    return Effect((shape[0] * rows, shape[1] * columns, shape[2]))


def crop(shape: Shape, spec: LayerSpec) -> Effect:
    """Leave out rows and columns at the edges."""
    (top, bottom), (left, right) = spec.kwargs["cropping"]
    return Effect((shape[0] - top - bottom, shape[1] - left - right, shape[2]))


def crop_sequence(shape: Shape, spec: LayerSpec) -> Effect:
    """Leave out steps at both ends."""
    return Effect((shape[0] - sum(spec.kwargs["cropping"]), *shape[1:]))


def reshape(shape: Shape, spec: LayerSpec) -> Effect:
    """Give the same numbers another shape."""
    target = tuple(spec.kwargs["target_shape"])
    size = math.prod(shape)
    if -1 in target:
        target = tuple(size // -math.prod(target) if side == -1 else side for side in target)
    if math.prod(target) != size:
        raise ConfigError(f"{spec.name} cannot give {written(shape)} the shape {written(target)}", field=spec.seen_as)
    return Effect(target)


def global_pool(shape: Shape, spec: LayerSpec) -> Effect:
    """Take one number of each channel."""
    is_kept = spec.kwargs.get("keepdims", False)
    return Effect((*(1,) * (len(shape) - 1), shape[-1]) if is_kept else (shape[-1],))


def batch_norm(shape: Shape, spec: LayerSpec) -> Effect:
    """Scale each channel by statistics that it keeps."""
    kept = 2 + spec.kwargs.get("center", True) + spec.kwargs.get("scale", True)
    return Effect(shape, kept * shape[-1], math.prod(shape))


def layer_norm(shape: Shape, spec: LayerSpec) -> Effect:
    """Scale each example by its own statistics."""
    kept = spec.kwargs.get("center", True) + spec.kwargs.get("scale", True)
    return Effect(shape, kept * shape[-1], math.prod(shape))


def unchanged(shape: Shape, spec: LayerSpec) -> Effect:
    """Keep the shape, without weights."""
    return Effect(shape)


def prelu(shape: Shape, spec: LayerSpec) -> Effect:
    """One slope for each number, or for all along a shared axis; axes count from 1."""
    shared = spec.kwargs.get("shared_axes") or ()
    return Effect(shape, math.prod(1 if axis in shared else side for axis, side in enumerate(shape, 1)))


def zero_padding(shape: Shape, spec: LayerSpec) -> Effect:
    """Add rows and columns at the edges."""
    (top, bottom), (left, right) = spec.kwargs["padding"]
    return Effect((shape[0] + top + bottom, shape[1] + left + right, shape[2]))


def resizing(shape: Shape, spec: LayerSpec) -> Effect:
    """Scale to a given height and width."""
    return Effect((spec.kwargs["height"], spec.kwargs["width"], shape[2]))


def permute(shape: Shape, spec: LayerSpec) -> Effect:
    """Reorder the axes, which count from 1."""
    dims = spec.kwargs["dims"]
    if sorted(dims) != list(range(1, len(shape) + 1)):
        raise ConfigError(f"{spec.name} cannot reorder {written(shape)}", field=spec.seen_as)
    return Effect(tuple(shape[axis - 1] for axis in dims))


def along(effect: Callable[[Shape, LayerSpec], Effect]) -> Callable[[Shape, LayerSpec], Effect]:
    """Return the arithmetic of a layer that slides along a sequence, from that of the one that slides over an image."""

    def of_sequence(shape: Shape, spec: LayerSpec) -> Effect:
        sizes = {
            name: spec.kwargs[name]
            for name in ("kernel_size", "pool_size", "strides", "dilation_rate")
            if spec.kwargs.get(name) is not None
        }
        lengths = {name: value if isinstance(value, int) else value[0] for name, value in sizes.items()}
        flat = replace(spec, kwargs={**spec.kwargs, **{name: (length, 1) for name, length in lengths.items()}})
        found = effect((shape[0], 1, shape[1]), flat)
        return replace(found, shape=(found.shape[0], found.shape[2]))

    return of_sequence


def recurrent(gates: int, biases: int = 1) -> Callable[[Shape, LayerSpec], Effect]:
    """Return the arithmetic of a recurrent layer with so many gates, each with so many biases a unit."""

    def effect(shape: Shape, spec: LayerSpec) -> Effect:
        units = spec.kwargs["units"]
        weights = gates * units * (shape[1] + units)
        extra = gates * units * biases if spec.kwargs.get("use_bias", True) else 0
        is_whole = spec.kwargs.get("return_sequences", False)
        out = (shape[0], units) if is_whole else (units,)
        return Effect(out, weights + extra, shape[0] * weights, turns=shape[0])

    return effect


def both_ways(effect: Effect) -> Effect:
    """Return the effect of a recurrent layer and another that reads backwards, side by side."""
    shape = (*effect.shape[:-1], 2 * effect.shape[-1])
    return Effect(shape, 2 * effect.parameters, 2 * effect.multiply_adds, turns=2 * effect.turns)


def normalised(effect: Effect) -> Effect:
    """Return the effect of a layer with spectral normalisation, which stores a vector beside the kernel."""
    return replace(effect, parameters=effect.parameters + effect.shape[-1])


WRAPPERS: dict[str, Callable[[Effect], Effect]] = {"Bidirectional": both_ways, "SpectralNormalization": normalised}


def group_norm(shape: Shape, spec: LayerSpec) -> Effect:
    """Scale groups of channels by their own statistics."""
    if shape[-1] % (groups := spec.kwargs.get("groups", 32)) and groups != -1:
        raise ConfigError(f"{spec.name} cannot divide {shape[-1]} channels into {groups} groups", field=spec.seen_as)
    return layer_norm(shape, spec)
