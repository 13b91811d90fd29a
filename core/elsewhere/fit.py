"""Fit a network from elsewhere to data: what comes in is scaled as it was there, what comes out is named as here."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.datasets.archives.zips import short
from core.datasets.features import Features, Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number, Target
from core.elsewhere.graph import INPUT, Graph
from core.elsewhere.size import check_size
from core.errors import NetworkError
from core.families.supervised.network import WHITE, scaling
from core.layers import LayerSpec, trace
from core.layers.spec import Shape, written

AS_IS, ZERO_TO_ONE, SIGNED, STANDARDISED = "as_is", "zero_to_one", "minus_one_to_one", "standardised"
IMAGE_SCALES = {
    ZERO_TO_ONE: "0 to 1",
    SIGNED: "-1 to 1",
    AS_IS: "0 to 255, as they are: the file scales them itself, or never did",
}
VECTOR_SCALES = {AS_IS: "As they are", STANDARDISED: "Standardised: mean 0, standard deviation 1"}
SCALES = {**VECTOR_SCALES, **IMAGE_SCALES}  # with the title of each
_TAKEN = {INPUT, "network", "rescale", "standardise", "shape", "logits", "probabilities", "value", "number"}
_SCALING = ("Rescaling", "Normalization")


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network that takes examples of the data and answers as networks here do.

    Args:
        specs: Its layers.
        paths: Where the file has each layer, by its name here; layers that were added are absent.
        doubled: Name of a layer with one unit that has become two, the first of them always 0; empty if none.
        front: Name of the layer whose output the original would be given.
        read: What the original puts out -> what this network answers.
    """

    specs: tuple[LayerSpec, ...]
    paths: Mapping[str, tuple[str, ...]]
    doubled: str
    front: str
    read: Callable[[np.ndarray], np.ndarray]


def scales_of(features: Features) -> dict[str, str]:
    """Return how examples can be scaled before they come into a network, with a title each."""
    return IMAGE_SCALES if isinstance(features, Image) else VECTOR_SCALES


def likely_scale(graph: Graph, features: Features) -> str:
    """Return the scaling that a network most likely expects: none if it begins by scaling itself."""
    kinds = (one.spec.keras_class for one in graph.placed)
    first = next((kind for kind in kinds if kind not in ("Reshape", "Flatten")), "")
    return AS_IS if first in _SCALING else next(iter(scales_of(features)))


def takes(graph: Graph, shape: Shape) -> bool:
    """Return whether examples of this shape can come into a network."""
    return _placed_shape(graph, shape) is not None


def _placed_shape(graph: Graph, shape: Shape) -> Shape | None:
    """Return the shape in which a network takes such examples: as they are, grey without channel, or as a list."""
    wanted = graph.input_shape
    ways = [shape, *([shape[:2]] if shape[2:] == (1,) else []), (math.prod(shape),)]
    return next((way for way in ways if len(way) == len(wanted) and all(map(_fits, wanted, way))), None)


def _fits(wanted: int | None, side: int) -> bool:
    return wanted in (None, side)


def fit(graph: Graph, spec: DataSpec, scale: str) -> Fitted:
    """Fit a network to data.

    Args:
        graph: The network.
        spec: The shape of the data.
        scale: A key of `scales_of` the data.

    Raises:
        NetworkError: It takes other examples, gives other answers, or is too large.
    """
    front = [*_scaling(spec.features, scale), *_shaping(graph, spec)]
    names = _names([one.name for one in graph.placed])
    known = {INPUT: front[-1].name, **{one.spec.name: name for one, name in zip(graph.placed, names, strict=True)}}
    specs = [_renamed(one.spec, known) for one in graph.placed]
    if known[graph.output] != (specs[-1].name if specs else ""):
        raise NetworkError("this network has layers after its answer, or none at all")
    paths = dict(zip(names, (one.path for one in graph.placed), strict=True))
    body = [*front, *specs]
    answers = check_size(body, spec.input_shape)
    _check_declared(graph, known, body, spec.input_shape)
    return _headed(body, paths, front[-1].name, spec.target, answers)


def _scaling(features: Features, scale: str) -> list[LayerSpec]:
    if scale not in scales_of(features):
        expected = f"one of {', '.join(scales_of(features))}"
        raise NetworkError("examples of this data cannot be scaled so", expected=expected, received=scale)
    if scale == STANDARDISED:
        return scaling(features) or _scaling(features, AS_IS)
    numbers = {AS_IS: (1.0, 0.0), ZERO_TO_ONE: (1 / WHITE, 0.0), SIGNED: (2 / WHITE, -1.0)}
    by, offset = numbers[scale]
    return [LayerSpec("Rescaling", {"scale": by, "offset": offset}, "rescale")]


def _shaping(graph: Graph, spec: DataSpec) -> list[LayerSpec]:
    shape = _placed_shape(graph, spec.input_shape)
    if shape is None:
        wanted = "x".join("any" if side is None else str(side) for side in graph.input_shape)
        raise NetworkError(
            "this network takes other examples than this data has",
            expected=f"examples of {wanted}",
            received=written(spec.input_shape),
            fix="Choose other data.",
        )
    return [] if shape == spec.input_shape else [LayerSpec("Reshape", {"target_shape": shape}, "shape")]


def _check_declared(graph: Graph, known: Mapping[str, str], body: Sequence[LayerSpec], given: Shape) -> None:
    """Check that models inside a network are given what they say they take, so that nothing larger is made of them."""
    shapes = {one.name: cost.output_shape for one, cost in zip(body, trace(body, given), strict=True)}
    for source, declared in graph.declared:
        shape = shapes[known[source]]
        if len(shape) != len(declared) or not all(map(_fits, declared, shape)):
            raise NetworkError(
                "this network has a part that takes another shape than it is given",
                expected=short(str(declared)),
                received=written(shape),
            )


def _names(given: Sequence[str]) -> list[str]:
    """Return names that are unlike, and of which none is the beginning of another: such layers would be one block."""
    names: list[str] = []
    for name in given:
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()[:40] or "layer"
        plain = plain if plain[0].isalpha() else f"layer_{plain}"
        count, unlike = 1, plain
        while unlike in names or unlike in _TAKEN:
            count += 1
            unlike = f"{plain}_{count}"
        names.append(unlike)
    for place, name in enumerate(names):
        while any(other.startswith(f"{names[place]}_") for other in names):
            names[place] += "_0" if names[place] == name else "0"
    return names


def _renamed(spec: LayerSpec, known: Mapping[str, str]) -> LayerSpec:
    return replace(spec, name=known[spec.name], inputs=tuple(known[source] for source in spec.inputs))


def _headed(
    body: list[LayerSpec], paths: Mapping[str, tuple[str, ...]], front: str, target: Target, answers: Shape
) -> Fitted:
    if isinstance(target, Classes):
        return _classes(body, dict(paths), front, len(target.names), answers)
    if isinstance(target, Number):
        if answers != (1,):
            raise NetworkError("this network gives no single number", expected="1 output", received=written(answers))
        end = LayerSpec("Rescaling", {"scale": 1.0, "dtype": "float32"}, "number", (body[-1].name,))
        return Fitted((*body, end), paths, "", front, lambda out: out)
    raise NetworkError("this data has nothing to predict", fix="Choose data with classes or a number.")


def _classes(
    body: list[LayerSpec], paths: dict[str, tuple[str, ...]], front: str, count: int, answers: Shape
) -> Fitted:
    """Let a network end with logits and their softmax, whatever it ended with."""
    is_pair = count == 2 and answers == (1,)
    if answers != (count,) and not is_pair:
        raise NetworkError(
            "this network has another number of classes than this data",
            expected=f"{count} outputs",
            received=written(answers),
            fix="Choose other data.",
        )
    body, bend = _split(body)
    if bend not in ("linear", "softmax", "sigmoid") or (bend == "softmax" and is_pair):
        raise NetworkError(f"this network ends with {bend}", expected="softmax, sigmoid or logits")
    last = body[-1]
    doubled = ""
    if is_pair:
        if last.keras_class != "Dense":
            raise NetworkError("this network gives one answer for two classes", expected="a dense layer at its end")
        last, doubled = replace(last, kwargs={**last.kwargs, "units": 2}), "logits"
    if bend == "sigmoid" and not is_pair:  # each class by itself: shares of their sum, as Keras' cross-entropy has them
        logits = [last, LayerSpec("Activation", {"activation": "log_sigmoid"}, "logits", (last.name,))]
    else:
        paths["logits"] = paths.pop(last.name, ())
        logits = [replace(last, name="logits")]
    end = LayerSpec("Activation", {"activation": "softmax", "dtype": "float32"}, "probabilities", ("logits",))
    read = _pair_reader(bend) if is_pair else _READERS[bend]
    known = {name: path for name, path in paths.items() if path}
    return Fitted((*body[:-1], *logits, end), known, doubled, front, read)


def _split(body: list[LayerSpec]) -> tuple[list[LayerSpec], str]:
    """Return the layers without the activation of the last, and its name."""
    last = body[-1]
    if last.keras_class == "Softmax":
        return body[:-1], "softmax"
    bend = str(last.kwargs.get("activation", "linear") or "linear")
    if last.keras_class == "Activation":
        return body[:-1], bend
    if bend == "linear":
        return body, bend
    return [*body[:-1], replace(last, kwargs={**last.kwargs, "activation": "linear"})], bend


def _softmax(out: np.ndarray) -> np.ndarray:
    powers = np.exp(out - out.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def _pair_reader(bend: str) -> Callable[[np.ndarray], np.ndarray]:
    def read(out: np.ndarray) -> np.ndarray:
        second = out if bend == "sigmoid" else 1 / (1 + np.exp(-out))
        return np.concatenate([1 - second, second], -1)

    return read


_READERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": _softmax,
    "softmax": lambda out: out,
    "sigmoid": lambda out: out / out.sum(-1, keepdims=True),
}
