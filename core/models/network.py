"""Build Keras networks from layer specs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

import keras

from core.errors import WeightsError
from core.layers import LayerSpec
from core.layers.frozen import is_frozen
from core.layers.kinds import KINDS, LayerKind
from core.layers.spec import INPUT
from core.models.fast_layers import SteeredDropout, fast_layer
from core.pretrained.weights import layer_weights

ANOTHER = "Put the published file in the place of the one that is there."


class Given(Protocol):
    """The input of a network, as in a `DataSpec` or `NetworkSpec`."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""

    @property
    def dtype(self) -> str:
        """Input dtype: `uint8` or `float32`."""


def build_network(
    specs: Sequence[LayerSpec], spec: Given, *, policy: str = "float32", fast: bool = False
) -> keras.Model:
    """Build the network that `specs` describe.

    Args:
        specs: The layers, in order.
        spec: Input shape and dtype.
        policy: Keras dtype policy: `float32` or `mixed_bfloat16`.
        fast: Whether to use our faster layers, where this device has some. They share the stock layers' weights, but
            only Glassbox can load a file with them: save the `plain_copy`.

    Returns:
        A functional model: (batch, *input_shape) -> the last layer's output.

    Raises:
        WeightsError: The file of pretrained weights is missing or not what it should be, or has none that fit a layer.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        inputs = keras.Input(spec.input_shape, dtype=spec.dtype, name="input")
        x, outputs = inputs, {INPUT: inputs}
        for layer in specs:
            sources = [outputs[name] for name in layer.inputs] or [x]
            kind = KINDS.get(layer.keras_class)  # none of those that augment
            if kind and kind.operation:
                x = outputs[layer.name] = getattr(keras.ops, kind.operation)(sources[0])
                continue
            layer_class = fast_layer(layer.keras_class) if fast else None
            built = (layer_class or getattr(keras.layers, layer.keras_class))(**layer.kwargs, name=layer.name)
            if layer.wrapper:
                built = getattr(keras.layers, layer.wrapper)(built, name=layer.name)
            given = sources if kind and kind.takes_apart else [sources if len(sources) > 1 else sources[0]]
            call = {**layer.call, **(_masked(kind, outputs[layer.mask]) if kind and layer.mask else {})}
            x = outputs[layer.name] = built(*given, **call)
        network = keras.Model(inputs, x, name="network")
    finally:
        keras.config.set_dtype_policy(before)
    for layer in specs:
        if layer.weights:
            _give(network.get_layer(layer.name), layer)
    return network


def _masked(kind: LayerKind, mask: keras.KerasTensor) -> dict[str, Any]:
    """Return the argument of a call that hides steps where the mask is zero."""
    return {"value_mask": mask} if kind.takes_apart else {"mask": [None, mask]}


def _give(built: keras.layers.Layer, spec: LayerSpec) -> None:
    """Set the pretrained weights of a layer."""
    weights = layer_weights(spec)
    expected, received = [tuple(v.shape) for v in built.weights], [array.shape for array in weights]
    if received != expected:
        what = f"the weights of {spec.weights} do not fit the layer {spec.name}"
        raise WeightsError(what, expected=f"the shapes {expected}", received=str(received), fix=ANOTHER)
    built.set_weights(weights)
    built.is_given = is_frozen(spec)


def steer_dropout(network: keras.Model, specs: Sequence[LayerSpec]) -> None:
    """Let the dropout layers of a network for training have the rates of these layers."""
    rates = {spec.name: spec.kwargs["rate"] for spec in specs if "rate" in spec.kwargs}
    for layer in network.layers:
        if isinstance(layer, SteeredDropout):
            layer.steer(rates[layer.name])


def freeze(network: keras.Model, specs: Sequence[LayerSpec], names: Collection[str]) -> None:
    """Freeze the layers that users see under these names."""
    frozen = {spec.name for spec in specs if spec.seen_as in names}
    for layer in network.layers:
        if layer.name in frozen:
            layer.trainable = False


def given_variables(network: keras.Model) -> list[keras.Variable]:
    """Return the variables that every `build_network` gives again: pretrained weights that are frozen."""
    return [v for layer in network.layers if getattr(layer, "is_given", False) for v in layer.variables]


def plain_copy(network: keras.Model, specs: Sequence[LayerSpec], spec: Given) -> keras.Model:
    """Copy a network to stock layers in float32, with the same weights.

    ONNX and LiteRT cannot load a bfloat16 network, but they can load this copy.
    """
    plain = build_network(specs, spec)
    plain.set_weights(network.get_weights())
    return plain
