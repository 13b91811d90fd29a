"""The stages of a network, as people see layers: a block with all its layers is one."""

from __future__ import annotations

from collections.abc import Sequence

from core.layers.kinds import KINDS
from core.layers.shapes import trace
from core.layers.spec import LayerSpec, Shape


def stage_shapes(specs: Sequence[LayerSpec], input_shape: Shape) -> dict[str, Shape]:
    """Return the shape of what each stage makes of one example, first to last, without those that change no number.

    They are those that `core.explain.stages` reads; the last layer only turns the last stage into an answer.

    Args:
        specs: The layers of a network.
        input_shape: Of one example.
    """
    shapes = {cost.spec.name: cost.output_shape for cost in trace(specs, input_shape)}
    inside = specs[:-1]
    new = {spec.name for spec in inside if not KINDS[spec.keras_class].passes_on}
    ends = {spec.name for spec in inside if any(part.startswith(f"{spec.name}_") for part in new)}
    names = [spec.name for spec in inside if spec.name in new | ends]
    return {name: shapes[name] for name in names if not any(name.startswith(f"{whole}_") for whole in new | ends)}
