"""The way of one example through a network, and what one of its values is computed from."""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.arithmetic.field import Field, field_of
from core.explain.arithmetic.ingredients import ingredients
from core.explain.stages import StageReader
from core.layers.derived import NAME as DERIVED

PASSED = (keras.layers.Dropout, keras.layers.Flatten)  # so named inputs are those of the layer before


class Path:
    """Reads what each stage makes of an example, and what one layer does.

    Args:
        network: Any whose last layer answers.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network, self._stages = network, StageReader(network)
        self.layers = {layer.name: layer for layer in network.layers if not isinstance(layer, keras.layers.InputLayer)}
        self._readers: dict[str, keras.Model] = {}

    def __call__(self, example: np.ndarray, *, layer: str = "") -> dict[str, np.ndarray]:
        """Run the network on one example.

        Args:
            example: uint8 (h, w, c) or float32 (n,).
            layer: Name of the layer that is opened; "" for none.

        Returns:
            `maps/<stage>` float32 (h, w, channels) or `units/<stage>` (units,) of each stage that makes something new,
            and of the last layer; of an opened layer `opened` float32, its output.

        Raises:
            ProbeError: There is no such layer.
        """
        stages, answers = self._stages(example[None])
        kind = "maps" if answers.ndim == 4 else "units"
        found = {**stages, f"{kind}/{self._network.layers[-1].name}": np.asarray(answers[0], np.float32)}
        return {**found, "opened": self.read(example, layer)[1]} if layer else found

    def read(self, example: np.ndarray, name: str) -> tuple[list[np.ndarray], np.ndarray]:
        """Return what comes into a layer, and out of it.

        Raises:
            ProbeError: There is no such layer.
        """
        if name not in self.layers:
            raise ProbeError(f"no layer {name!r}", expected=f"one of {', '.join(self.layers)}")
        if name not in self._readers:
            layer = self.layers[name]
            self._readers[name] = keras.Model(self._network.input, [*_inputs(layer), layer.output])
        *inputs, output = self._readers[name](example[None], training=False)
        return [_float32(given) for given in inputs], _float32(output)


class UnitPath:
    """Reads what `Path` does, and what one unit of the opened layer is computed from, with its weights.

    Args:
        network: Any whose last layer answers.
    """

    def __init__(self, network: keras.Model) -> None:
        self.path = Path(network)
        self._fields: dict[int, tuple[Field, Field] | None] = {}

    def __call__(self, example: np.ndarray, *, layer: str, unit: int) -> dict[str, np.ndarray]:
        """Run the network on one example.

        Args:
            example: uint8 (h, w, c) or float32 (n,).
            layer: Name of the layer that is opened.
            unit: Which of its maps or units.

        Returns:
            What `Path` does, and of the unit those of `ingredients` as `unit/<name>`, `unit/output` float32, and
            `unit/about`, JSON as uint8.

        Raises:
            ProbeError: There is no such layer or unit.
        """
        found = self.path(example, layer=layer)
        return found | {f"unit/{name}": array for name, array in self._unit(layer, example, unit).items()}

    def _unit(self, name: str, example: np.ndarray, unit: int) -> dict[str, np.ndarray]:
        inputs, output = self.path.read(example, name)
        if unit >= output.shape[-1]:
            raise ProbeError(f"no unit {unit} in {name}", expected=f"0 to {output.shape[-1] - 1}")
        layer = self.path.layers[name]
        about, arrays = ingredients(layer, inputs, unit)
        field = field_of(layer.output, self._fields)
        about |= {
            "from": [_named(given) for given in _inputs(layer)],
            "field": field and [vars(side) for side in field],
        }
        arrays["output"] = output[..., unit] if output.ndim == 3 else output[unit, None]
        return {**arrays, "about": np.frombuffer(json.dumps(about).encode(), np.uint8)}


def _inputs(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _named(tensor: keras.KerasTensor) -> str:
    """Return the name of the layer whose output a tensor is, but for flattening and dropout."""
    layer: Any = tensor._keras_history.operation
    is_passed = isinstance(layer, PASSED) and layer.name != DERIVED  # which is a stage
    return _named(layer.input) if is_passed else str(layer.name)


def _float32(value: Any) -> np.ndarray:
    return np.asarray(keras.ops.cast(value[0], "float32"))
