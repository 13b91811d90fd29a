"""The layers at the beginning of a network that training never changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.layers.kinds import KINDS
from core.layers.shapes import trace
from core.layers.spec import LayerSpec, Shape
from core.units import GB

VALUE_BYTES = 4  # of one float32
MOST_BYTES = GB  # of features; beyond it would take longer to read them than to learn from the examples themselves


def frozen_part(specs: Sequence[LayerSpec]) -> tuple[tuple[LayerSpec, ...], tuple[LayerSpec, ...]]:
    """Cut a network behind the last layer whose output is the same in every epoch.

    Args:
        specs: The layers in order.

    Returns:
        The layers whose weights are frozen, with those around them that have none, and the rest, which takes the
        output of the last of these and nothing else. Nothing and all layers if no weight is frozen.
    """
    specs = tuple(specs)
    constant = next((place for place, spec in enumerate(specs) if not _is_constant(spec)), len(specs))
    for place in range(constant, 0, -1):
        if not any(is_frozen(spec) for spec in specs[:place]):
            break
        if _crosses_once(specs, place):
            return specs[:place], specs[place:]
    return (), specs


def is_frozen(spec: LayerSpec) -> bool:
    """Return whether a layer has weights that are not trained."""
    return spec.kwargs.get("trainable") is False and not spec.wrapper


def _is_constant(spec: LayerSpec) -> bool:
    return is_frozen(spec) or (KINDS[spec.keras_class].is_constant and not spec.wrapper)


def _crosses_once(specs: Sequence[LayerSpec], place: int) -> bool:
    """Return whether what comes from `place` on takes nothing from before but the output of the layer right before."""
    before = {spec.name for spec in specs[: place - 1]}
    return not any(before.intersection(spec.inputs) for spec in specs[place:])


def has_features(specs: Sequence[LayerSpec], input_shape: Shape, examples: int, *, augments: bool) -> bool:
    """Return whether what the frozen part makes of all examples is computed once, and the rest learns from that.

    Args:
        specs: The layers in order.
        input_shape: Of one example.
        examples: How many there are to learn from.
        augments: Whether they are changed at random, so that none is seen twice.
    """
    frozen, _ = frozen_part(specs)
    if augments or not frozen:
        return False
    return VALUE_BYTES * examples * math.prod(trace(frozen, input_shape)[-1].output_shape) <= MOST_BYTES
