"""Trace the shape of one example through a network, without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.errors import ConfigError
from core.layers.effects import WRAPPERS, Effect
from core.layers.kinds import KINDS
from core.layers.spec import INPUT, LayerCost, LayerSpec, Shape, written


@dataclass(frozen=True)
class _Field:
    """Receptive field so far: its side and the spacing of adjacent outputs, in pixels."""

    side: int = 1
    jump: int = 1


def trace(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerCost]:
    """Trace one example of `input_shape`, such as (h, w, c), through the layers.

    Raises:
        ConfigError: A layer does not accept its input; `field` is the name shown for that layer.
    """
    return list(steps(specs, input_shape))


def steps(specs: Sequence[LayerSpec], input_shape: Shape) -> Iterator[LayerCost]:
    """Yield the cost of each layer; layers before an impossible one are still yielded.

    Raises:
        ConfigError: As `trace`, on reaching that layer.
    """
    shape, seen = input_shape, _Field() if len(input_shape) == 3 else _Field(side=0)
    outputs: dict[str, tuple[Shape, _Field]] = {INPUT: (shape, seen)}
    turner = ""  # the last layer that turned an image into a vector, or a vector into an image
    for spec in specs:
        kind, given = KINDS[spec.keras_class], [outputs[name] for name in spec.inputs]
        if given:
            shape, seen = given[0] if kind.attends else _merged(spec, given)
        _check_kind(shape, spec, turner)
        effect = kind.attends([one for one, _ in given], spec) if kind.attends else kind.effect(shape, spec)
        if spec.wrapper:
            effect = WRAPPERS[spec.wrapper](effect)
        seen = _grown(seen, effect)
        if len(effect.shape) != len(shape):
            turner = spec.seen_as
        shape = effect.shape
        outputs[spec.name] = shape, seen
        yield LayerCost(spec, shape, effect.parameters, effect.multiply_adds, seen.side, effect.turns)


def _check_kind(shape: Shape, spec: LayerSpec, turner: str) -> None:
    """Raise if a layer gets a vector and needs an image, or the reverse."""
    rank = KINDS[spec.keras_class].rank
    if rank == 2 and len(shape) != 2:
        raise ConfigError(
            f"{spec.seen_as} needs a sequence (steps, numbers)",
            field=spec.seen_as,
            received=f"a list of {shape[0]} numbers" if len(shape) == 1 else f"the shape {written(shape)}",
            fix=f"Move it before {turner}." if turner else "Move it after a layer that outputs a sequence.",
        )
    if rank == 3 and len(shape) != 3:
        raise ConfigError(
            f"{spec.seen_as} needs an image (height, width, channels)",
            field=spec.seen_as,
            received=f"a list of {shape[0]} numbers" if len(shape) == 1 else f"the shape {written(shape)}",
            fix=f"Move it before {turner}." if turner else "Move it after a layer that outputs an image.",
        )
    if rank == 1 and len(shape) == 3:
        raise ConfigError(
            f"{spec.name} needs a list of numbers",
            field=spec.seen_as,
            received=f"an image of shape {written(shape)}",
            fix=f"Move it before {turner}." if turner else "Add a flatten or global pooling layer before it.",
        )


def _merged(spec: LayerSpec, sources: Sequence[tuple[Shape, _Field]]) -> tuple[Shape, _Field]:
    """Return the shape of all sources together, and the largest receptive field."""
    shapes = [shape for shape, _ in sources]
    joined = _behind(shapes) if spec.keras_class == "Concatenate" else _onto(shapes)
    if joined is None:
        received = " and ".join(written(shape) for shape in shapes)
        raise ConfigError(f"{spec.name} cannot join unequal shapes", field=spec.seen_as, received=received)
    return joined, max((seen for _, seen in sources), key=lambda seen: seen.side)


def _behind(shapes: Sequence[Shape]) -> Shape | None:
    """Return the shape of channels behind one another; None if the sides differ."""
    first = shapes[0][:-1]
    return None if {shape[:-1] for shape in shapes} != {first} else (*first, sum(shape[-1] for shape in shapes))


def _onto(shapes: Sequence[Shape]) -> Shape | None:
    """Return the shape of arrays upon one another, where a side of 1 is repeated; None if other sides differ."""
    if len({len(shape) for shape in shapes}) > 1:
        return None
    sides = [set(side) - {1} or {1} for side in zip(*shapes, strict=True)]
    return tuple(max(side) for side in sides) if all(len(side) == 1 for side in sides) else None


def _grown(seen: _Field, effect: Effect) -> _Field:
    if len(effect.shape) < 3 or seen.side == 0:
        return _Field(side=0)
    size, stride = effect.window
    return _Field(seen.side + (size - 1) * seen.jump, seen.jump * stride)
