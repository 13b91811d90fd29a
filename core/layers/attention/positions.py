"""Where in a sequence each step is: numbers that are added to it, learned or sinusoidal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from core.config import choice
from core.layers.layer_block import LayerBlock
from core.layers.shapes import trace
from core.layers.spec import LayerSpec, Shape

PLACING = "EinsumDense"
SINUSOIDAL = "sinusoidal"


def sinusoids(length: int, width: int) -> np.ndarray:
    """Return sines and cosines of ever longer waves, float32 (length, width); Vaswani et al., 2017, section 3.5."""
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(width) // 2 * 2 / width)
    return np.where(np.arange(width) % 2, np.cos(angles), np.sin(angles)).astype("float32")


class Sinusoids(list[list[float]]):
    """The numbers of `sinusoids`, which a program prints as their formula."""

    def __init__(self, length: int, width: int) -> None:
        super().__init__(sinusoids(length, width).tolist())
        self._sizes = (length, width)

    def __repr__(self) -> str:
        return "sinusoids({}, {})".format(*self._sizes)


@dataclass(frozen=True)
class Positions(LayerBlock):
    """Adds to each step where it is; written `positions:method`.

    It is a stock Keras layer: an `EinsumDense`, a dense layer at each step that begins as the identity, whose bias
    differs from step to step.
    """

    kind: ClassVar[str] = "positions"
    title: ClassVar[str] = "Positions"
    method: str = choice(
        "learned",
        {"learned": "Learned", SINUSOIDAL: "Sinusoidal"},
        label="Positions",
        help="Self-attention knows no order without them. Learned: fits the data. Sinusoidal: fixed waves, no weights.",
    )

    @property
    def summary(self) -> str:
        """The settings in a few words."""
        return self.method

    def to_spec(self, name: str) -> LayerSpec:
        """Return the spec of the Keras layer; `placed` adds its shape."""
        return LayerSpec(PLACING, {"equation": "abc,cd->abd", "bias_axes": self.method}, name)


def placed(specs: Sequence[LayerSpec], input_shape: Shape) -> list[LayerSpec]:
    """Return the layers with those that add positions knowing the shape of what they add to."""
    found = list[LayerSpec]()
    for spec in specs:
        if spec.keras_class == PLACING:
            costs = trace(found, input_shape)
            shape = costs[-1].output_shape if costs else input_shape
            spec = replace(spec, kwargs={**spec.kwargs, **_numbers(shape, str(spec.kwargs["bias_axes"]))})
        found.append(spec)
    return found


def _numbers(shape: Shape, method: str) -> dict[str, Any]:
    """Return the arguments of a layer that adds positions to steps of this shape."""
    start: Any = {"class_name": "RandomNormal", "config": {"stddev": 0.05}}
    if method == SINUSOIDAL and len(shape) == 2:
        start = {"class_name": "Constant", "config": {"value": Sinusoids(*shape)}}
    fixed = {"trainable": False} if method == SINUSOIDAL else {}
    shaped = {"output_shape": shape, "bias_axes": "bd", "kernel_initializer": "identity", "bias_initializer": start}
    return {**shaped, **fixed}
