"""Draw a network layer by layer as SVG, in about a millisecond."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from core.errors import ConfigError
from core.layers import LayerCost, LayerSpec, NetworkSpec, Shape, steps, written
from core.layers.kinds import GREY, KINDS

COLUMN, HEIGHT = 102, 178  # pixels
TOP, BOX = 26, 64  # top of a layer's drawing, and its height
QUIET = 'fill-opacity="0.72"'

_FAULT = "#D55E00"


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
    """

    name: str
    colour: str
    shape: Shape | None
    parameters: int = 0
    multiply_adds: int = 0
    receptive_field: int | None = 0
    is_fault: bool = False


def stages(specs: Sequence[LayerSpec], input_shape: Shape) -> list[Stage]:
    """Trace one example through the layers, up to an impossible one."""
    found: dict[str, list[LayerCost]] = {}
    fault = ""
    try:
        for cost in steps(specs, input_shape):
            found.setdefault(cost.spec.seen_as, []).append(cost)
    except ConfigError as error:
        fault = error.field
    colours = {spec.seen_as: colour for spec in specs if (colour := KINDS[spec.keras_class].colour) != GREY}
    names = dict.fromkeys(spec.seen_as for spec in specs)
    shown = [_stage(name, colours.get(name) or GREY, found.get(name, []), name == fault) for name in names]
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


def draw_architecture(shown: Sequence[Stage], input_shape: Shape, takes: str = "image") -> str:
    """Draw the stages from left to right, starting with the input, as HTML."""
    columns = [_given(input_shape, takes), *(_column(stage, place) for place, stage in enumerate(shown, 1))]
    width = COLUMN * len(columns)
    words = f"The network, layer by layer: {_path(shown, input_shape, takes)}"
    return (
        f'<div tabindex="0" role="group" aria-label="Drawing of the network; scrolls horizontally" '
        f'style="overflow-x: auto; scrollbar-width: thin; padding-bottom: 4px">'
        f'<svg width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}" role="img" '
        f'aria-label="{escape(words)}" font-size="11" fill="currentColor" text-anchor="middle">'
        f"{''.join(columns)}</svg></div>"
    )


def _path(shown: Sequence[Stage], input_shape: Shape, takes: str) -> str:
    parts = [f"{stage.name} {written(stage.shape) if stage.shape else 'impossible'}" for stage in shown]
    return " to ".join([f"{takes} {written(input_shape)}", *parts])


def _given(shape: Shape, takes: str) -> str:
    return _text(COLUMN / 2, 12, takes, 'font-weight="600"') + _block(COLUMN / 2, shape, GREY) + _shape(0, shape)


def _column(stage: Stage, place: int) -> str:
    middle = COLUMN * (place + 0.5)
    arrow = f'<path d="M{COLUMN * place - 7} {TOP + BOX / 2}h10m-4 -4l4 4l-4 4" fill="none" {_line()}/>'
    head = _text(middle, 12, stage.name, 'font-weight="600"')
    if stage.shape is None:
        return arrow + head + _nothing(middle, stage.is_fault)
    lines = [
        f"{short(stage.parameters)} parameters" if stage.parameters else "no parameters",
        f"{short(stage.multiply_adds)} multiply-adds" if stage.multiply_adds else "",
        "" if stage.receptive_field is None else f"sees {_sees(stage.receptive_field)}",
    ]
    texts = "".join(_text(middle, TOP + BOX + 34 + 16 * n, line, QUIET) for n, line in enumerate(filter(None, lines)))
    return arrow + head + _block(middle, stage.shape, stage.colour) + _shape(place, stage.shape) + texts


def _nothing(middle: float, is_fault: bool) -> str:
    colour = _FAULT if is_fault else GREY
    box = f'<rect x="{middle - 26}" y="{TOP + 6}" width="52" height="52" rx="4" fill="none" stroke="{colour}"'
    words = "cannot be built" if is_fault else "not reached"
    return f'{box} stroke-width="2" stroke-dasharray="4 4"/>' + _text(middle, TOP + BOX + 18, words, QUIET)


def _block(middle: float, shape: Shape, colour: str) -> str:
    """Draw maps as stacked squares and a vector as a bar, larger for larger shapes."""
    foot = f'stroke="{colour}" fill="{colour}"'
    if len(shape) == 1:
        height = min(BOX, 14 + 7 * math.log2(1 + shape[0]))
        top = TOP + (BOX - height) / 2
        return (
            f'<rect x="{middle - 6}" y="{top:.1f}" width="12" height="{height:.1f}" rx="2" {foot} fill-opacity="0.5"/>'
        )
    side = min(44.0, 10 + 6.5 * math.log2(max(shape[:2])))
    sheets = min(6, 1 + round(math.log2(max(1, shape[2])) / 1.4))
    left, top = middle - (side + 3 * (sheets - 1)) / 2, TOP + (BOX - side - 3 * (sheets - 1)) / 2
    return "".join(
        f'<rect x="{left + 3 * n:.1f}" y="{top + 3 * n:.1f}" width="{side:.1f}" height="{side:.1f}" rx="2" {foot} '
        f'fill-opacity="0.35"/>'
        for n in range(sheets)
    )


def _shape(place: int, shape: Shape) -> str:
    return _text(COLUMN * (place + 0.5), TOP + BOX + 18, written(shape).replace("x", "×"), "")


def _text(x: float, y: float, words: str, more: str) -> str:
    return f'<text x="{x}" y="{y}" {more}>{escape(words)}</text>' if words else ""


def _line() -> str:
    return 'stroke="currentColor" stroke-opacity="0.4"'


def _sees(side: int) -> str:
    return f"{side}×{side} pixels" if side else "all pixels"
