"""What one unit of a layer is computed from, ready to be written out number by number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from core.explain.arithmetic.window import bare, windows_of

Arrays = dict[str, np.ndarray]
Made = tuple[dict[str, Any], Arrays]  # what is to be said in words, and the numbers
Maker = Callable[[Any, Sequence[np.ndarray], int], Made]


def ingredients(layer: keras.layers.Layer, inputs: Sequence[np.ndarray], unit: int) -> Made:
    """Return what one unit of a layer is computed from.

    Args:
        layer: Any layer of a functional network.
        inputs: What comes into it of one example, float32 (h, w, channels) or (n,) each.
        unit: The map or unit, counted from 0.

    Returns:
        What is to be computed, as JSON: its `kind`, the `activation` after it, and by kind the `windows`; and the
        arrays: `inputs/<k>` float32, only the channels that the unit sees, and `kernel`, `bias`, `numbers` by kind.
        A kind that is not known here is `other`.
    """
    layer = bare(layer)
    make = _KINDS.get(type(layer).__name__, _other)
    about, arrays = make(layer, inputs, unit)
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", "linear") if about["kind"] != "softmax" else "linear"
    return {"activation": name, **about}, arrays


def _convolution(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    kernel = np.asarray(layer.kernel, np.float32)  # (kh, kw, channels a group, filters)
    width = kernel.shape[2]
    first = unit // (kernel.shape[3] // layer.groups) * width
    return _slid(layer, "convolution", inputs[0][..., first : first + width], kernel[..., unit], unit, first)


def _depthwise(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    channel, copy = divmod(unit, layer.depth_multiplier)
    kernel = np.asarray(layer.kernel, np.float32)[:, :, channel, copy, None]
    return _slid(layer, "convolution", inputs[0][..., channel, None], kernel, unit, channel)


def _separable(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    """Each channel's own kernel times one weight is its kernel; the sums are the same."""
    own = np.asarray(layer.depthwise_kernel, np.float32)  # (kh, kw, channels, copies)
    mix = np.asarray(layer.pointwise_kernel, np.float32)[0, 0, :, unit].reshape(own.shape[2:])
    kernel = (own * mix).sum(axis=3)
    about, arrays = _slid(layer, "convolution", inputs[0], kernel, unit, 0)
    return {**about, "isSeparable": True}, arrays


def _transposed(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    kernel = np.asarray(layer.kernel, np.float32)[:, :, unit]  # (kh, kw, channels)
    about, arrays = _slid(layer, "transposed", inputs[0], kernel, unit, 0)
    for side, window in enumerate(about["windows"]):
        missing = max(kernel.shape[side] - window["stride"], 0) if layer.padding == "same" else 0
        window["before"] = missing // 2
    return about, arrays


def _slid(layer: Any, kind: str, given: np.ndarray, kernel: np.ndarray, unit: int, first: int) -> Made:
    windows = [window.to_dict() for window in windows_of(layer)]
    arrays = {"inputs/0": given, "kernel": kernel, "bias": _bias(layer, unit)}
    return {"kind": kind, "windows": windows, "first": first}, arrays


def _bias(layer: Any, unit: int) -> np.ndarray:
    bias = getattr(layer, "bias", None)
    return np.zeros(1, np.float32) if bias is None else np.asarray(bias, np.float32)[unit, None]


def _pool(kind: str) -> Maker:
    def make(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
        windows = [window.to_dict() for window in windows_of(layer)]
        return {"kind": kind, "windows": windows, "first": unit}, {"inputs/0": inputs[0][..., unit]}

    return make


def _batch_norm(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    whole = np.ones(layer.moving_mean.shape, np.float32)
    gamma = whole if layer.gamma is None else layer.gamma
    beta = 0 * whole if layer.beta is None else layer.beta
    four = [np.asarray(part, np.float32)[unit] for part in (layer.moving_mean, layer.moving_variance, gamma, beta)]
    about = {"kind": "batch_norm", "epsilon": layer.epsilon, "first": unit}
    return about, {"inputs/0": _one(inputs[0], unit), "numbers": np.array(four, np.float32)}


def _layer_norm(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    """All channels of one place are made comparable; Keras computes the mean and variance over the last axis."""
    gamma = 1.0 if layer.gamma is None else np.asarray(layer.gamma)[unit]
    beta = 0.0 if layer.beta is None else np.asarray(layer.beta)[unit]
    about = {"kind": "layer_norm", "epsilon": layer.epsilon, "unit": unit}
    return about, {"inputs/0": inputs[0], "numbers": np.array([gamma, beta], np.float32)}


def _dense(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    weights = np.asarray(layer.kernel, np.float32)
    arrays = {"inputs/0": inputs[0], "kernel": weights[:, unit], "bias": _bias(layer, unit)}
    if layer.activation is keras.activations.softmax:
        bias = 0.0 if layer.bias is None else np.asarray(layer.bias, np.float32)
        arrays["logits"] = inputs[0] @ weights + bias
    maps = _flattened(layer.input)
    return {"kind": "dense", **({"maps": maps} if maps else {})}, arrays


def _flattened(tensor: keras.KerasTensor) -> tuple[int, ...] | None:
    """Return the shape of the maps that a vector was before it was flattened; None if it was none."""
    layer = tensor._keras_history.operation
    if isinstance(layer, keras.layers.Flatten) and len(layer.input.shape) == 4:
        return tuple(layer.input.shape[1:])
    return _flattened(layer.input) if isinstance(layer, keras.layers.Dropout) else None


def _global(kind: str) -> Maker:
    return lambda layer, inputs, unit: ({"kind": kind, "first": unit}, {"inputs/0": inputs[0][..., unit]})


def _activation(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    if layer.activation is keras.activations.softmax and inputs[0].ndim == 1:
        return {"kind": "softmax", "unit": unit}, {"inputs/0": inputs[0]}
    return {"kind": "same", "first": unit}, {"inputs/0": _one(inputs[0], unit)}


def _add(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    return {"kind": "sum", "first": unit}, {f"inputs/{k}": _one(given, unit) for k, given in enumerate(inputs)}


def _concatenate(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    ends = np.cumsum([given.shape[-1] for given in inputs])
    source = int(np.searchsorted(ends, unit, side="right"))
    first = unit - int(ends[source]) + inputs[source].shape[-1]
    return {"kind": "same", "source": source, "first": first}, {"inputs/0": _one(inputs[source], first)}


def _rescaling(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    width = inputs[0].shape[-1]
    scale, offset = (np.broadcast_to(np.asarray(part, np.float32), width) for part in (layer.scale, layer.offset))
    return _scaled(inputs[0], unit, float(scale[unit]), float(offset[unit]))


def _normalization(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    mean, variance = (np.asarray(part, np.float32).reshape(-1) for part in (layer.mean, layer.variance))
    spread = max(float(np.sqrt(variance[unit])), keras.backend.epsilon())
    return _scaled(inputs[0], unit, 1 / spread, -float(mean[unit]) / spread)


def _scaled(given: np.ndarray, unit: int, scale: float, offset: float) -> Made:
    numbers = np.array([scale, offset], np.float32)
    return {"kind": "scale", "first": unit}, {"inputs/0": _one(given, unit), "numbers": numbers}


def _upsampling(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    if layer.interpolation != "nearest":
        return _other(layer, inputs, unit)
    return {"kind": "same", "first": unit, "repeats": list(layer.size)}, {"inputs/0": inputs[0][..., unit]}


def _cropping(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    (top, bottom), (left, right) = layer.cropping
    high, wide = inputs[0].shape[:2]
    return {"kind": "same", "first": unit}, {"inputs/0": inputs[0][top : high - bottom, left : wide - right, unit]}


def _other(layer: Any, inputs: Sequence[np.ndarray], unit: int) -> Made:
    return {"kind": "other"}, {}


def _one(given: np.ndarray, unit: int) -> np.ndarray:
    """Return one channel (h, w), or one unit (1,)."""
    return given[..., unit] if given.ndim == 3 else given[unit, None]


_KINDS: dict[str, Maker] = {
    "Activation": _activation,
    "Add": _add,
    "AveragePooling2D": _pool("average"),
    "BatchNormalization": _batch_norm,
    "Concatenate": _concatenate,
    "Conv2D": _convolution,
    "Conv2DTranspose": _transposed,
    "Cropping2D": _cropping,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "GlobalAveragePooling2D": _global("average"),
    "GlobalMaxPooling2D": _global("maximum"),
    "LayerNormalization": _layer_norm,
    "MaxPooling2D": _pool("maximum"),
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "SeparableConv2D": _separable,
    "UpSampling2D": _upsampling,
}
