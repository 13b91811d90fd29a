"""How a layer's window slides over its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Window:
    """A window along one side.

    Args:
        size: How many values it takes.
        stride: How far apart its places are.
        dilation: How far apart the values that it takes are.
        before: Padding before the first value.
    """

    size: int = 1
    stride: int = 1
    dilation: int = 1
    before: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return a JSON-compatible dict."""
        return dict(vars(self))


def windows_of(layer: keras.layers.Layer) -> tuple[Window, Window]:
    """Return a layer's window by height and width; one value of a layer without a window."""
    layer = bare(layer)
    if isinstance(layer, keras.layers.Cropping2D):
        (top, _), (left, _) = layer.cropping
        return Window(before=-top), Window(before=-left)
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size is None:
        return Window(), Window()
    strides, dilations = _pair(layer.strides), _pair(getattr(layer, "dilation_rate", 1))
    sides = zip(_pair(size), strides, dilations, layer.input.shape[1:3], strict=True)
    high, wide = (_window(*side, is_padded=layer.padding == "same") for side in sides)
    return high, wide


def bare(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return the layer inside a wrapper, which computes the outputs."""
    return layer.layer if isinstance(layer, keras.layers.Wrapper) else layer


def _window(size: int, stride: int, dilation: int, length: int, *, is_padded: bool) -> Window:
    """Return a window; padding `same` puts the odd value behind, as TensorFlow does."""
    reach = (size - 1) * dilation + 1
    missing = max((-(-length // stride) - 1) * stride + reach - length, 0) if is_padded else 0
    return Window(size, stride, dilation, missing // 2)


def _pair(sides: Any) -> tuple[int, int]:
    high, wide = sides if isinstance(sides, tuple | list) else (sides, sides)
    return int(high), int(wide)
