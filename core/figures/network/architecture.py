"""A network layer by layer: what becomes of one example, and a small drawing of each; no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import ConfigError
from core.figures.colours import GREY, WRONG
from core.layers import LayerCost, LayerSpec, NetworkSpec, Shape, steps
from core.layers.kinds import KINDS, LayerKind

SIDE = 64  # of the drawing of a layer


@dataclass(frozen=True)
class Stage:
    """One layer or block as users see it.

    Args:
        name: Name used in errors and in the layer list.
        colour: Colour of its kind.
        shape: Output shape of one example; None at and after an impossible layer.
        parameters, multiply_adds: Sums over its layers.
        receptive_field: Side in pixels of the input region that one value sees; 0 for all; None without pixels.
        is_fault: Whether this is the impossible layer.
        passes_on: Whether it makes nothing new of its input.
    """

    name: str
    colour: str
    shape: Shape | None
    parameters: int = 0
    multiply_adds: int = 0
    receptive_field: int | None = 0
    is_fault: bool = False
    passes_on: bool = False


def stages(specs: Sequence[LayerSpec], input_shape: Shape) -> list[Stage]:
    """Trace one example through the layers, up to an impossible one."""
    found: dict[str, list[LayerCost]] = {}
    fault = ""
    try:
        for cost in steps(specs, input_shape):
            found.setdefault(cost.spec.seen_as, []).append(cost)
    except ConfigError as error:
        fault = error.field
    kinds: dict[str, list[LayerKind]] = {}
    for spec in specs:
        kinds.setdefault(spec.seen_as, []).append(KINDS[spec.keras_class])
    shown = [
        replace(
            _stage(name, _colour(of_stage), found.get(name, []), name == fault),
            passes_on=all(kind.passes_on for kind in of_stage),
        )
        for name, of_stage in kinds.items()
    ]
    return shown if len(input_shape) == 3 else [replace(stage, receptive_field=None) for stage in shown]


@dataclass(frozen=True)
class NetworkStages:
    """A network and its stages."""

    spec: NetworkSpec
    stages: Sequence[Stage]

    @property
    def parameters(self) -> int:
        """Weights of all layers that can be built."""
        return sum(stage.parameters for stage in self.stages)

    @property
    def multiply_adds(self) -> int:
        """Multiply-add operations for one example, in all layers that can be built."""
        return sum(stage.multiply_adds for stage in self.stages)


def network_stages(spec: NetworkSpec) -> NetworkStages:
    """Trace one example through a network, up to an impossible layer."""
    return NetworkStages(spec, stages(spec.specs, spec.input_shape))


def _colour(kinds: Sequence[LayerKind]) -> str:
    """Return the colour of a block: its convolution's or dense layer's, else its last layer's."""
    return next((kind.colour for kind in kinds if kind.kernels), kinds[-1].colour)


def _stage(name: str, colour: str, costs: Sequence[LayerCost], is_fault: bool) -> Stage:
    if is_fault or not costs:
        return Stage(name, colour, None, is_fault=is_fault)
    return Stage(
        name,
        colour,
        costs[-1].output_shape,
        sum(cost.parameters for cost in costs),
        sum(cost.multiply_adds for cost in costs),
        costs[-1].receptive_field,
    )


def short(number: float) -> str:
    """Format a number with three digits: 940, 12.3 k, 4.56 M."""
    for size, sign in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * size:  # below this, the next smaller unit still needs three digits
            share = number / size
            digits = 2 if share < 9.995 else 1 if share < 99.95 else 0
            text = f"{share:,.{digits}f}"
            return (text.rstrip("0").rstrip(".") if digits else text) + sign
    return f"{number:.0f}"


def glyph(stage: Stage) -> str:
    """Draw a layer as SVG: maps as squares behind one another, a list of numbers as a bar; bigger and more are larger.

    What is not reached is a dashed square, and so is what cannot be, in another colour.
    """
    inside = _nothing(stage.is_fault) if stage.shape is None else _block(stage.shape, stage.colour)
    return f'<svg viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" aria-hidden="true">{inside}</svg>'


def _nothing(is_fault: bool) -> str:
    place, colour = f'x="6" y="6" width="{SIDE - 12}" height="{SIDE - 12}" rx="4"', WRONG if is_fault else GREY
    return f'<rect {place} fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="4 4"/>'


def _block(shape: Shape, colour: str) -> str:
    foot = f'stroke="{colour}" fill="{colour}"'
    if len(shape) == 1:
        height = min(SIDE - 2, 14 + 7 * math.log2(1 + shape[0]))
        place = f'x="{SIDE / 2 - 6}" y="{(SIDE - height) / 2:.1f}" width="12" height="{height:.1f}"'
        return f'<rect {place} rx="2" {foot} fill-opacity="0.5"/>'
    side = min(44.0, 10 + 6.5 * math.log2(max(shape[:-1])))
    sheets = min(6, 1 + round(math.log2(max(1, shape[-1])) / 1.4))
    start = (SIDE - side - 3 * (sheets - 1)) / 2
    starts = [f"{start + 3 * n:.1f}" for n in range(sheets)]
    size = f'width="{side:.1f}" height="{side:.1f}" rx="2"'
    return "".join(f'<rect x="{at}" y="{at}" {size} {foot} fill-opacity="0.35"/>' for at in starts)
