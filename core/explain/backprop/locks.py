"""How the sums of each layer lie on its activation, and which units it has locked."""

from __future__ import annotations

import json

import keras
import numpy as np

from core.datasets import Prepared
from core.explain.activations import EXAMPLES, MOSTLY, SATURATED
from core.explain.backprop.objective import SquaredError
from core.explain.backprop.parts import Bend
from core.explain.backprop.read import chain_of, inputs_of
from core.explain.weights import histogram
from core.layers.activations import ACTIVATIONS
from core.schedule.split import evenly_spread


class Locks:
    """Reads how the sums of each bent layer are spread, and for which units the slope is lost.

    Args:
        network: One that `core.layers.chain.is_chain` accepts.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._network = network
        bank = data.x_train
        self._examples = inputs_of(network, bank[evenly_spread(np.arange(len(bank)), EXAMPLES)])

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Look at 256 training examples, evenly spread; what is given does not matter.

        Returns:
            `examples`, how many; `functions`, JSON as uint8: the activation of each layer that has one, first to last;
            of each such layer `counts/<layer>` int64 (bins,) and `edges/<layer>` float64 (bins + 1,) of its sums, and
            `locked/<layer>` bool (units,): units of a ReLU that are 0 for all examples, and others where 95 % of the
            sums lie where the slope is less than a tenth of the steepest.
        """
        chain = chain_of(self._network, SquaredError())
        values, functions, arrays = self._examples, dict[str, str](), {"examples": np.array(len(self._examples))}
        for part in chain.parts:
            if isinstance(part, Bend):
                functions[part.name] = part.function
                arrays[f"counts/{part.name}"], arrays[f"edges/{part.name}"] = histogram(values)
                arrays[f"locked/{part.name}"] = _locked(part.function, values)
            values = part.forward(values)
        return {**arrays, "functions": np.frombuffer(json.dumps(functions).encode(), np.uint8)}


def _locked(function: str, sums: np.ndarray) -> np.ndarray:
    """Return which units (units,) learn next to nothing from any of some sums (n, units)."""
    activation = ACTIVATIONS[function]
    slopes = np.abs(activation.slope(sums))
    if function == "relu":
        return np.asarray(slopes.max(0) == 0)
    saturated: np.ndarray = (slopes < SATURATED * activation.steepest).mean(0) >= MOSTLY
    return saturated
