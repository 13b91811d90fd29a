"""The layers at the beginning of a network that training never changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from core.layers.kinds import KINDS
from core.layers.shapes import trace
from core.layers.spec import INPUT, LayerSpec, Shape
from core.units import GB

VALUE_BYTES = 4  # of one float32
MOST_BYTES = GB  # of features; beyond it would take longer to read them than to learn from the examples themselves


def frozen_part(specs: Sequence[LayerSpec]) -> tuple[LayerSpec, ...]:
    """Return the layers up to the last one whose output is the same in every epoch.

    Args:
        specs: The layers in order.

    Returns:
        The layers whose weights are frozen, with those around them that have none. The rest takes the output of the
        last of these and nothing else. Empty if no weight is frozen.
    """
    constant = next((place for place, spec in enumerate(specs) if not _is_constant(spec)), len(specs))
    for place in range(constant, 0, -1):
        if not any(is_frozen(spec) for spec in specs[:place]):
            break
        if _crosses_once(specs, place):
            return tuple(specs[:place])
    return ()


def cached_part(
    specs: Sequence[LayerSpec], input_shape: Shape, examples: int, *, augments: bool
) -> tuple[LayerSpec, ...]:
    """Return the frozen part if its output is computed once for all examples, and the rest learns from that.

    Args:
        specs: The layers in order.
        input_shape: Of one example.
        examples: How many a run uses, test examples included.
        augments: Whether they are changed at random, so that none is seen twice.

    Returns:
        The layers; empty if none are frozen, or the rest learns from the examples themselves.
    """
    frozen = () if augments else frozen_part(specs)
    if frozen and VALUE_BYTES * examples * math.prod(trace(frozen, input_shape)[-1].output_shape) > MOST_BYTES:
        return ()
    return frozen


def is_frozen(spec: LayerSpec) -> bool:
    """Return whether a layer has weights that are not trained."""
    return spec.kwargs.get("trainable") is False and not spec.wrapper


def _is_constant(spec: LayerSpec) -> bool:
    return is_frozen(spec) or (KINDS[spec.keras_class].is_constant and not spec.wrapper)


def _crosses_once(specs: Sequence[LayerSpec], place: int) -> bool:
    """Return whether what comes from `place` on takes nothing from before but the output of the layer right before."""
    before = {INPUT, *(spec.name for spec in specs[: place - 1])}
    return not any(before.intersection((*spec.inputs, spec.mask)) for spec in specs[place:])
