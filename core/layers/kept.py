"""Which layers of a network can keep the weights of another network."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import RunError
from core.layers.shapes import trace
from core.layers.spec import LayerCost, LayerSpec, Shape

# Arguments that change what a layer does, but not the shapes of its weights.
_FREE = {"activation", "strides", "padding", "dilation_rate", "trainable", "rate", "dtype", "momentum", "epsilon"}
_FREE_ENDS = ("_initializer", "_regularizer", "_constraint")


def layers_kept(before: Sequence[LayerSpec], after: Sequence[LayerSpec], input_shape: Shape) -> dict[str, str]:
    """Return which layer of a network keeps the weights of which layer of an earlier one: new name -> old name.

    All layers with weights of the earlier network must come again, in the same order and with weights of the same
    shapes; others may be added anywhere.

    Args:
        before: Layers of the earlier network.
        after: Layers of the new one.
        input_shape: Of one example, for both.

    Raises:
        RunError: One of them does not fit.
    """
    left = _weighted(after, input_shape)
    kept: dict[str, str] = {}
    for old in _weighted(before, input_shape):
        place = next((place for place, new in enumerate(left) if _form(new) == _form(old)), None)
        if place is None:
            raise RunError(
                f"the weights of {old.spec.seen_as} fit no layer of the changed network",
                expected="its layers in their order, each as large as it was; others may be added, or layers frozen",
                received=", ".join(dict.fromkeys(new.spec.seen_as for new in left)) or "no layers left",
                fix="Leave that layer and its input as they are, or train the changed network from random weights.",
            )
        kept[left[place].spec.name] = old.spec.name
        left = left[place + 1 :]
    return kept


def form_of(specs: Sequence[LayerSpec]) -> list[tuple[object, ...]]:
    """Return what tells the variables of a network, those of its chance included."""
    return [
        (spec.keras_class, spec.wrapper, spec.inputs, spec.kwargs.get("rate", 0) > 0, _shaping(spec)) for spec in specs
    ]


def _weighted(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerCost]:
    return [cost for cost in trace(specs, input_shape) if cost.parameters]


def _form(cost: LayerCost) -> tuple[object, ...]:
    """Return what tells the shapes of a layer's weights."""
    return cost.spec.keras_class, cost.spec.wrapper, cost.parameters, _shaping(cost.spec)


def _shaping(spec: LayerSpec) -> list[tuple[str, str]]:
    """Return the arguments that change the shapes of a layer's weights."""
    kwargs = (
        (name, value) for name, value in spec.kwargs.items() if name not in _FREE and not name.endswith(_FREE_ENDS)
    )
    return sorted((name, str(value)) for name, value in kwargs)
