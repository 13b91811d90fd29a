"""One step of a recurrent layer, with every number that one of its units is computed from."""

from __future__ import annotations

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.memory.cells import Cell, Values, cell_of
from core.explain.memory.reading import INTO, IS_READ, Reading, sequence_of


class MemoryStep:
    """Reads one step of one unit.

    Args:
        network: A functional model with one input and a recurrent layer.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reading = Reading(network)

    def __call__(
        self, given: np.ndarray, *, layer: str, unit: int, place: int, text: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Write out a step.

        Args:
            given: An example, as the network takes it.
            layer: A recurrent layer.
            unit: Which of its units.
            place: Which step, from 0.
            text: A sequence of another length to read instead.

        Returns:
            `x` (inputs,), what comes in; `before` (units,), the hidden state before; `cell_before` (), an LSTM's cell
            before; by gate `kernel/<gate>` (inputs,), `recurrent/<gate>` (units,), `bias/<gate>` and
            `recurrent_bias/<gate>` (), `state/<gate>` (), what the state adds up to, and `sum/<gate>` (), what is bent;
            by part `value/<part>` (): all float64 and of that unit; and `said` float32 (), what the network itself says
            there, NaN where it says only the last step.

        Raises:
            ProbeError: There is no such layer, unit or step, or the sequence is empty or too long.
        """
        read = self._reading.read(sequence_of(given, text)[None])
        placed = self._reading.memory(layer)
        cell, into = cell_of(placed.layer), read[f"{INTO}{placed.inside}"][0].astype(np.float64)
        if not (0 <= unit < cell.units and 0 <= place < len(into)):
            expected = f"unit 0 to {cell.units - 1}, step 0 to {len(into) - 1}"
            raise ProbeError("there is no such unit or step", expected=expected, received=f"unit {unit}, step {place}")
        if len(into) == read[IS_READ].shape[1] and not read[IS_READ][0, place]:
            raise ProbeError(
                "the network skips this step, which holds nothing that it knows", fix="Choose another one."
            )
        parts = {part: value[0] for part, value in self._reading.parts(read, layer).items()}
        before = place + 1 if placed.is_backward else place - 1
        state = {part: _at(value, before) for part, value in parts.items()}
        said = _said(read.get(placed.inside), place, unit, cell.units, is_backward=placed.is_backward)
        return {
            **_written(cell, unit, into[place], state["hidden"]),
            "cell_before": state["cell"][unit] if "cell" in state else np.zeros(()),
            **{f"value/{part}": value[place, unit] for part, value in parts.items()},
            "said": said,
        }


def _at(values: np.ndarray, place: int) -> np.ndarray:
    """Return the values (steps, units) at a step; zeros beyond the ends, where nothing was read yet."""
    found: np.ndarray = values[place] if 0 <= place < len(values) else np.zeros_like(values[0])
    return found


def _said(output: np.ndarray | None, place: int, unit: int, units: int, *, is_backward: bool) -> np.ndarray:
    """Return what the network says of the unit at that step; NaN where it does not."""
    if output is None:
        return np.array(np.nan, np.float32)
    column = unit + units if is_backward and output.shape[-1] == 2 * units else unit
    return np.asarray(output[0, place, column], np.float32)


def _written(cell: Cell, unit: int, x: np.ndarray, before: np.ndarray) -> Values:
    """Return what comes into each gate of a unit, and its weights."""
    given, state = cell.sums(x, before)
    found: Values = {"x": x, "before": before}
    for gate in cell.kernel:
        both = (("kernel", cell.kernel), ("recurrent", cell.recurrent))
        found |= {f"{name}/{gate}": weights[gate][:, unit] for name, weights in both}
        found[f"bias/{gate}"], found[f"recurrent_bias/{gate}"] = cell.bias[gate][unit], cell.recurrent_bias[gate][unit]
        found[f"state/{gate}"] = state[gate][unit]
        found[f"sum/{gate}"] = given[gate][unit] + state[gate][unit]
    if cell.kind == "GRU":  # its candidate sees the state through the reset gate
        reset = cell.bend("reset", found["sum/reset"])
        found["sum/candidate"] = given["candidate"][unit] + reset * state["candidate"][unit]
    return {name: np.asarray(value) for name, value in found.items()}
