"""What each layer puts out for a fixed batch of examples: how it is spread, and what is saturated."""

from __future__ import annotations

import math

import keras
import numpy as np

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.stages import PASSES_ON
from core.explain.weights import histogram
from core.probe.patience import check_patience
from core.schedule.split import evenly_spread

EXAMPLES = 256
MOST_VALUES = 20_000  # of a layer, evenly spread, in its histogram
MOST_AT_ONCE = 8_000_000  # numbers of the largest layer
SATURATED = 0.1  # a saturated value has less than this share of the steepest slope
MOSTLY = 0.95  # of a unit's values are saturated in a saturated unit
SPLITS = ("test", "training")


class Activations:
    """Reads the outputs of all layers for the same examples at every snapshot.

    Args:
        network: Any.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        shown = [layer for layer in network.layers if not isinstance(layer, PASSES_ON)]
        self._layers = {layer.name: layer for layer in shown if len(layer.output.shape) in (2, 3, 4)}
        self._read = keras.Model(network.input, {name: layer.output for name, layer in self._layers.items()})
        largest = max((math.prod(layer.output.shape[1:]) for layer in self._layers.values()), default=1)
        self._at_once = max(1, MOST_AT_ONCE // largest)
        self._dtype = network.inputs[0].dtype
        self._data, self._takes_data = data, network.input_shape[1:] == data.spec.input_shape

    def __call__(self, given: np.ndarray, *, split: str) -> dict[str, np.ndarray]:
        """Look at 256 examples of the data, evenly spread.

        Args:
            given: Looked at instead if the network takes other inputs than the data's examples, as a generator does.
            split: `test` or `training`: which examples.

        Returns:
            `examples`, how many; for each layer that makes something new, first to last: `counts/<layer>` int64
            (bins,) and `edges/<layer>` float64 (bins + 1,) of the values that are not exactly 0, and `shares/<layer>`
            float64 (2,): the share of values that are exactly 0, and of saturated units, those of a sigmoid or tanh of
            whose values 95 % lie where the slope is less than a tenth of the steepest. NaN where that makes no sense.
            Which units are dead every snapshot says itself.

        Raises:
            ProbeError: There is no such part.
        """
        if split not in SPLITS:
            raise ProbeError("there are no such examples", expected=" or ".join(SPLITS), received=split)
        examples = self._examples(split) if self._takes_data else given
        seen = {name: _Seen(layer, len(examples)) for name, layer in self._layers.items()}
        for begin in range(0, len(examples), self._at_once):
            check_patience()
            batch = keras.ops.cast(examples[begin : begin + self._at_once], self._dtype)
            found = self._read(batch, training=False)
            for name, values in found.items():
                seen[name].add(np.asarray(keras.ops.cast(values, "float32")))
        arrays = {"examples": np.array(len(examples))}
        for name, one in seen.items():
            arrays[f"counts/{name}"], arrays[f"edges/{name}"] = histogram(one.spread())
            arrays[f"shares/{name}"] = np.array(one.shares())
        return arrays

    def _examples(self, split: str) -> np.ndarray:
        bank = self._data.x_test if split == "test" else self._data.x_train
        return np.array(bank[evenly_spread(np.arange(len(bank)), EXAMPLES)])


class _Seen:
    """What was seen of one layer so far.

    Args:
        layer: The layer.
        examples: How many there will be.
    """

    def __init__(self, layer: keras.Layer, examples: int) -> None:
        self._slope = _SLOPES.get(_activation(layer))
        self._examples, self._kept = examples, list[np.ndarray]()
        self._count = self._zeros = 0
        self._flat: np.ndarray | int = 0

    def add(self, values: np.ndarray) -> None:
        """Take in the layer's outputs (n, ..., units) for further examples."""
        by_unit = values.reshape(-1, values.shape[-1])
        self._count, self._zeros = self._count + values.size, self._zeros + int((values == 0).sum())
        if self._slope is not None:
            self._flat = self._flat + (self._slope(by_unit) < SATURATED).sum(0)
        share = MOST_VALUES * len(values) // self._examples
        self._kept.append(values.ravel()[:: max(1, values.size // max(1, share))])

    def spread(self) -> np.ndarray:
        """Return some of the values that are not 0."""
        values: np.ndarray = np.concatenate(self._kept)
        shown: np.ndarray = values[values != 0]
        return shown

    def shares(self) -> tuple[float, float]:
        """Return the shares of zeros and of saturated units."""
        flat = np.atleast_1d(self._flat)
        saturated = math.nan if self._slope is None else float((flat >= MOSTLY * self._count / len(flat)).mean())
        return self._zeros / self._count, saturated


def _activation(layer: keras.Layer) -> str:
    return str(getattr(getattr(layer, "activation", None), "__name__", ""))


# Share of the steepest slope, from the output y: tanh' = 1 - y^2, sigmoid' = y (1 - y), at most 1/4.
_SLOPES = {"tanh": lambda y: 1 - y * y, "sigmoid": lambda y: 4 * y * (1 - y)}
