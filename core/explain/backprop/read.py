"""Read a chain out of a Keras network that `core.layers.chain` calls one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.backprop.chain import Chain, Penalty
from core.explain.backprop.objective import Objective
from core.explain.backprop.parts import BatchNorm, Bend, LayerNorm, Linear, Part, Scale
from core.layers.activations import ACTIVATIONS
from core.layers.chain import SOFTMAX
from core.layers.derived import NAME, derive, derived_in

PASSED = ("InputLayer", "Flatten", "Dropout")


def chain_of(network: keras.Model, objective: Objective) -> Chain:
    """Return the chain that a network is, with its weights now; a last softmax belongs to the objective.

    Raises:
        ProbeError: A layer is none that such a chain has.
    """
    derived = {layer.name for layer in network.layers if layer.name.partition("_")[0] == NAME}
    parts = tuple(part for layer in network.layers if layer.name not in derived for part in _parts(layer))
    penalties = {layer.name: _penalty(layer.kernel_regularizer) for layer in network.layers if _is(layer, "Dense")}
    return Chain(parts, objective, penalties)


def inputs_of(network: keras.Model, examples: np.ndarray) -> np.ndarray:
    """Return what comes into the chain of a network, float64 (n, numbers), of examples as the network takes them."""
    flat = np.asarray(examples, np.float64).reshape(len(examples), -1)
    return derive(derived_in([layer.name for layer in network.layers]), flat)


def _is(layer: keras.Layer, *names: str) -> bool:
    return type(layer).__name__ in names


def _parts(layer: Any) -> Iterator[Part]:
    if _is(layer, *PASSED):
        return
    read = _READERS.get(type(layer).__name__)
    if read is None:
        raise ProbeError(f"layer {layer.name!r} is no part of a chain of dense layers", received=type(layer).__name__)
    if (part := read(layer)) is not None:
        yield part
    name = keras.activations.serialize(layer.activation) if _is(layer, "Dense", "Activation") else "linear"
    if name not in ("linear", SOFTMAX):
        if name not in ACTIVATIONS:
            raise ProbeError(f"layer {layer.name!r} has an activation that is not known here", received=str(name))
        yield Bend(layer.name, {}, name)


def _weights(layer: Any, *names: str) -> dict[str, np.ndarray]:
    found = ((name, getattr(layer, name)) for name in names)
    return {name: np.asarray(value, np.float64) for name, value in found if value is not None}


def _linear(layer: Any) -> Part:
    return Linear(layer.name, _weights(layer, "kernel", "bias"))


def _scale(layer: Any) -> Part:
    return Scale(layer.name, {}, _each(layer, layer.scale), _each(layer, layer.offset))


def _standardise(layer: Any) -> Part:
    deviation = np.maximum(np.sqrt(_each(layer, layer.variance)), keras.backend.epsilon())
    return Scale(layer.name, {}, 1 / deviation, -_each(layer, layer.mean) / deviation)


def _each(layer: Any, value: Any) -> np.ndarray:
    """Return a constant for each number that comes into a layer."""
    plain = np.asarray(value, np.float64)
    return np.broadcast_to(plain, (1, *layer.input.shape[1:])).ravel()


def _batch_norm(layer: Any) -> Part:
    mean, variance = (np.asarray(value, np.float64) for value in (layer.moving_mean, layer.moving_variance))
    return BatchNorm(layer.name, _weights(layer, "gamma", "beta"), mean, np.sqrt(variance + layer.epsilon))


def _layer_norm(layer: Any) -> Part:
    return LayerNorm(layer.name, _weights(layer, "gamma", "beta"), layer.epsilon)


def _penalty(regularizer: Any) -> Penalty:
    return Penalty(*(float(getattr(regularizer, name, 0.0) or 0.0) for name in ("l1", "l2")))


_READERS: dict[str, Callable[[Any], Part | None]] = {
    "Activation": lambda layer: None,
    "BatchNormalization": _batch_norm,
    "Dense": _linear,
    "LayerNormalization": _layer_norm,
    "Normalization": _standardise,
    "Rescaling": _scale,
}
