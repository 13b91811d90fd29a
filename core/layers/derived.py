"""Inputs computed from the coordinates of a point before the first layer learns anything, as stock Keras layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from core.layers.spec import LayerSpec

NAME = "derived"  # of the block; its layers are named after it
RAW = ("x", "y")
WAVES = 4.0  # a sine has nearly two waves over the plane, as in the TensorFlow Playground
TITLES: Mapping[str, str] = {
    "x": "x",
    "y": "y",
    "xx": "x²",
    "yy": "y²",
    "xy": "x·y",
    "sin_x": "sin 4x",
    "sin_y": "sin 4y",
}
CODE: Mapping[str, str] = {  # of columns of `x`, (n, 2)
    "x": "x[:, 0]",
    "y": "x[:, 1]",
    "xx": "x[:, 0] ** 2",
    "yy": "x[:, 1] ** 2",
    "xy": "x[:, 0] * x[:, 1]",
    "sin_x": f"np.sin({WAVES:g} * x[:, 0])",
    "sin_y": f"np.sin({WAVES:g} * x[:, 1])",
}
_OF: Mapping[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "xx": lambda x, y: x * x,
    "yy": lambda x, y: y * y,
    "xy": lambda x, y: x * y,
    "sin_x": lambda x, y: np.sin(WAVES * x),
    "sin_y": lambda x, y: np.sin(WAVES * y),
}
_CUTS = {"first": (0, 1), "second": (1, 0)}  # elements to cut off before and after


def derived_layers(chosen: Sequence[str]) -> list[LayerSpec]:
    """Return the layers that compute the chosen inputs from a point (2,): (chosen,); none if they are the point itself.

    Each chosen input is the output of a layer named after it.
    """
    if tuple(chosen) == RAW:
        return []
    made = [spec for one in chosen for spec in _one(one)]
    needed = [place for place in _CUTS if any(f"{NAME}_{place}" in spec.inputs for spec in made)]
    specs = [_spec("Reshape", "axes", target_shape=(2, 1)), *(_cut(place, place) for place in needed), *made]
    if len(chosen) > 1:
        specs.append(_spec("Concatenate", "all", *chosen))
    return [*specs, LayerSpec("Flatten", {}, NAME, block=NAME)]


def _spec(keras_class: str, name: str, *inputs: str, **kwargs: object) -> LayerSpec:
    return LayerSpec(keras_class, kwargs, f"{NAME}_{name}", tuple(f"{NAME}_{one}" for one in inputs), NAME)


def _cut(name: str, place: str) -> LayerSpec:
    return _spec("Cropping1D", name, "axes", cropping=_CUTS[place])


def _one(name: str) -> list[LayerSpec]:
    place = "second" if name in ("y", "yy", "sin_y") else "first"
    if name in RAW:
        return [_cut(name, place)]
    if name in ("sin_x", "sin_y"):
        waves, sine = f"{name}_waves", f"{name}_of"
        turned = _spec("Rescaling", waves, place, scale=WAVES)
        return [turned, _spec("Sin", sine, waves), _spec("Reshape", name, sine, target_shape=(1, 1))]
    return [_spec("Multiply", name, place, "second" if name == "xy" else place)]


def split_derived(specs: Sequence[LayerSpec]) -> tuple[tuple[str, ...], list[LayerSpec]]:
    """Return the ids of the inputs that a network computes, empty if none, and its layers after that."""
    rest = [spec for spec in specs if spec.block != NAME]
    return derived_in([spec.name for spec in specs]), rest


def derived_in(names: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the inputs that layers of these names compute; empty if they compute none."""
    return tuple(one for one in TITLES if f"{NAME}_{one}" in names) if NAME in names else ()


def derive(chosen: Sequence[str], points: np.ndarray) -> np.ndarray:
    """Return the chosen inputs (n, chosen) of points (n, 2); the points themselves if nothing is chosen."""
    return np.stack([_OF[one](*points.T) for one in chosen], 1) if chosen else points


def print_derived(chosen: Sequence[str]) -> str:
    """Return the NumPy code of the chosen inputs of `x`, (n, 2)."""
    return f"np.stack([{', '.join(CODE[one] for one in chosen)}], 1)"
