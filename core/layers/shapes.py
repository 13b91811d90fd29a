"""The arithmetic of layers: one example followed through a network, without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.errors import ConfigError
from core.layers.kinds import KINDS, Effect
from core.layers.spec import LayerCost, LayerSpec, Shape, written


@dataclass(frozen=True)
class _Field:
    """How the receptive field has grown: its side and the distance of neighbours, in pixels."""

    side: int = 1
    jump: int = 1


def trace(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerCost]:
    """Follow one example of `input_shape` (h, w, c) through the layers.

    Raises:
        ConfigError: A layer cannot take what those before it give; its `field` is the name it is seen as.
    """
    return list(steps(specs, input_shape))


def steps(specs: Sequence[LayerSpec], input_shape: Shape) -> Iterator[LayerCost]:
    """Follow one example layer by layer; what comes before an impossible layer is still given.

    Raises:
        ConfigError: As `trace`, when it comes to that layer.
    """
    shape, seen = input_shape, _Field() if len(input_shape) == 3 else _Field(side=0)
    outputs: dict[str, tuple[Shape, _Field]] = {}
    turner = ""  # the last layer that made a list of an image, or an image of a list
    for spec in specs:
        if spec.inputs:
            shape, seen = _merged(spec, [outputs[name] for name in spec.inputs])
        _check_kind(shape, spec, turner)
        effect = KINDS[spec.keras_class].effect(shape, spec)
        if spec.wrapper:  # spectral normalisation keeps a vector beside the kernel
            effect = replace(effect, parameters=effect.parameters + effect.shape[-1])
        seen = _grown(seen, effect)
        if len(effect.shape) != len(shape):
            turner = spec.seen_as
        shape = effect.shape
        outputs[spec.name] = shape, seen
        yield LayerCost(spec, shape, effect.parameters, effect.multiply_adds, seen.side)


def _check_kind(shape: Shape, spec: LayerSpec, turner: str) -> None:
    """Refuse a layer that gets a list and needs an image, or the other way round."""
    rank = KINDS[spec.keras_class].rank
    if rank == 3 and len(shape) != 3:
        raise ConfigError(
            f"{spec.seen_as} needs an image (height, width, channels)",
            field=spec.seen_as,
            received=f"a list of {shape[0]} numbers",
            fix=f"Put it before {turner}." if turner else "Put it after a layer that makes an image of them.",
        )
    if rank == 1 and len(shape) != 1:
        raise ConfigError(
            f"{spec.name} needs a list of numbers",
            field=spec.seen_as,
            received=f"an image of shape {written(shape)}",
            fix=f"Put it before {turner}." if turner else "Put a flatten or a global pooling before it.",
        )


def _merged(spec: LayerSpec, sources: Sequence[tuple[Shape, _Field]]) -> tuple[Shape, _Field]:
    """Return the shape that all sources share, and the widest field."""
    shapes = [shape for shape, _ in sources]
    if len(set(shapes)) > 1:
        received = " and ".join(written(shape) for shape in shapes)
        raise ConfigError(f"{spec.name} cannot join unequal shapes", field=spec.seen_as, received=received)
    return shapes[0], max((seen for _, seen in sources), key=lambda seen: seen.side)


def _grown(seen: _Field, effect: Effect) -> _Field:
    if len(effect.shape) < 3 or seen.side == 0:
        return _Field(side=0)
    size, stride = effect.window
    return _Field(seen.side + (size - 1) * seen.jump, seen.jump * stride)
