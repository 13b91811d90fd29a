"""What a network is made of, and the arithmetic of its layers, without TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import ConfigError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerSpec:
    """One layer: the Keras class, its arguments (plain values only) and its name."""

    keras_class: str
    kwargs: Mapping[str, Any]
    name: str


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
    """A layer's output shape, its cost, and its window if it has one."""

    shape: Shape
    parameters: int = 0
    multiply_adds: int = 0
    window: tuple[int, int] = field(default=(1, 1))


def trace(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerCost]:
    """Follow one example of `input_shape` (h, w, c) through the layers.

    Raises:
        ConfigError: A layer cannot take what the one before gives it.
    """
    shape, seen, costs = input_shape, _Field(), []
    for spec in specs:
        effect = _EFFECTS[spec.keras_class](shape, spec)
        seen = _grown(seen, effect, shape)
        shape = effect.shape
        costs.append(LayerCost(spec, shape, effect.parameters, effect.multiply_adds, seen.side))
    return costs


def total_parameters(costs: Sequence[LayerCost]) -> int:
    """Return the number of weights of the whole network."""
    return sum(cost.parameters for cost in costs)


def total_multiply_adds(costs: Sequence[LayerCost]) -> int:
    """Return the multiplications of one forward pass of one example."""
    return sum(cost.multiply_adds for cost in costs)


def _grown(seen: _Field, effect: _Effect, before: Shape) -> _Field:
    if len(effect.shape) < 3:
        return _Field(side=0) if len(before) == 3 or seen.side == 0 else seen
    size, stride = effect.window
    return _Field(seen.side + (size - 1) * seen.jump, seen.jump * stride)


def _window_side(length: int, size: int, stride: int, padding: str) -> int:
    if padding == "same":
        return math.ceil(length / stride)
    return (length - size) // stride + 1


def _windowed(shape: Shape, spec: LayerSpec, size: int, stride: int) -> tuple[int, int]:
    """Return (height, width) after sliding a `size` window over `shape`."""
    _needs_image(shape, spec)
    padding = spec.kwargs.get("padding", "valid")
    if padding == "valid" and min(shape[:2]) < size:
        raise ConfigError(
            f"{spec.name}: the {shape[0]}x{shape[1]} map is smaller than the {size}x{size} window",
            field="layers",
            fix="Use padding same, or remove a pooling.",
        )
    height, width = (_window_side(length, size, stride, padding) for length in shape[:2])
    return height, width


def _needs_image(shape: Shape, spec: LayerSpec) -> None:
    if len(shape) != 3:
        raise ConfigError(
            f"{spec.name} needs an image (height, width, channels)",
            field="layers",
            received=f"a list of {shape[0]} numbers",
            fix="Move it before the flatten or global pooling.",
        )


def _needs_vector(shape: Shape, spec: LayerSpec) -> None:
    if len(shape) != 1:
        raise ConfigError(
            f"{spec.name} needs a list of numbers",
            field="layers",
            received="an image of shape " + "x".join(map(str, shape)),
            fix="Put a flatten or a global pooling before it.",
        )


def _conv(shape: Shape, spec: LayerSpec) -> _Effect:
    kernel, stride = spec.kwargs["kernel_size"], spec.kwargs.get("strides", 1)
    filters, bias = spec.kwargs["filters"], spec.kwargs.get("use_bias", True)
    height, width = _windowed(shape, spec, kernel, stride)
    weights = kernel * kernel * shape[2] * filters
    return _Effect(
        (height, width, filters),
        weights + (filters if bias else 0),
        height * width * weights,
        (kernel, stride),
    )


def _pool(shape: Shape, spec: LayerSpec) -> _Effect:
    size = spec.kwargs["pool_size"]
    stride = spec.kwargs.get("strides") or size
    height, width = _windowed(shape, spec, size, stride)
    return _Effect((height, width, shape[2]), window=(size, stride))


def _dense(shape: Shape, spec: LayerSpec) -> _Effect:
    _needs_vector(shape, spec)
    units = spec.kwargs["units"]
    return _Effect((units,), shape[0] * units + units, shape[0] * units)


def _flatten(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect((math.prod(shape),))


def _global_pool(shape: Shape, spec: LayerSpec) -> _Effect:
    _needs_image(shape, spec)
    return _Effect((shape[2],))


def _batch_norm(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape, 4 * shape[-1], math.prod(shape))


def _layer_norm(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape, 2 * shape[-1], math.prod(shape))


def _unchanged(shape: Shape, spec: LayerSpec) -> _Effect:
    return _Effect(shape)


_EFFECTS: dict[str, Callable[[Shape, LayerSpec], _Effect]] = {
    "Activation": _unchanged,
    "AveragePooling2D": _pool,
    "BatchNormalization": _batch_norm,
    "Conv2D": _conv,
    "Dense": _dense,
    "Dropout": _unchanged,
    "Flatten": _flatten,
    "GlobalAveragePooling2D": _global_pool,
    "GlobalMaxPooling2D": _global_pool,
    "LayerNormalization": _layer_norm,
    "MaxPooling2D": _pool,
    "Rescaling": _unchanged,
}
