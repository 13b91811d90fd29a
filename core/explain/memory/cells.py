"""Recurrent layers in NumPy, so that every number of a step can be seen and changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np

from core.errors import ProbeError

Values = dict[str, np.ndarray]
Bend = Callable[[np.ndarray], np.ndarray]

RECURRENT = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN)
# Parts of each class in the order in which Keras stores their weights, and how each is bent.
GATES: Mapping[str, tuple[str, ...]] = {
    "LSTM": ("input", "forget", "candidate", "output"),
    "GRU": ("update", "reset", "candidate"),
    "SimpleRNN": ("hidden",),
}


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


_BENDS: Mapping[str, Bend] = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda z: np.maximum(z, 0),
    "linear": lambda z: z,
}


class Clamp(NamedTuple):
    """A value that one part of one unit is held at, at every step.

    Args:
        part: `cell`, `hidden`, or a gate of the layer's class.
        unit: Which unit.
        value: The value.
    """

    part: str
    unit: int
    value: float


@dataclass(frozen=True, eq=False)
class Cell:
    """The weights of a recurrent layer, float64, by gate, and how it bends its sums.

    Args:
        kind: Its Keras class.
        kernel: Weights of what comes in, (inputs, units) by gate.
        recurrent: Weights of the state before, (units, units) by gate.
        bias: (units,) by gate.
        recurrent_bias: What a GRU adds to the state's sum, (units,) by gate; zeros elsewhere.
        bends: Name of the activation by gate.
    """

    kind: str
    kernel: Values
    recurrent: Values
    bias: Values
    recurrent_bias: Values
    bends: Mapping[str, str]

    @property
    def units(self) -> int:
        """Numbers that it remembers."""
        return len(next(iter(self.bias.values())))

    def bend(self, gate: str, z: np.ndarray) -> np.ndarray:
        """Return a gate's sum, bent."""
        return _BENDS[self.bends[gate]](z)

    def sums(self, x: np.ndarray, h: np.ndarray) -> tuple[Values, Values]:
        """Return by gate the sum of what comes in (..., units), and that of the state, each with its bias."""
        given = {gate: x @ kernel + self.bias[gate] for gate, kernel in self.kernel.items()}
        return given, {gate: h @ kernel + self.recurrent_bias[gate] for gate, kernel in self.recurrent.items()}

    def step(self, x: np.ndarray, h: np.ndarray, c: np.ndarray, clamp: Clamp | None = None) -> Values:
        """Return every part of one step, (..., units) each.

        Args:
            x: What comes in, (..., inputs).
            h: Hidden state before.
            c: Cell state before; only an LSTM reads it.
            clamp: A value to hold.
        """
        given, state = self.sums(x, h)
        found: Values = {}

        def keep(part: str, value: np.ndarray) -> np.ndarray:
            if clamp is not None and clamp.part == part:
                value = value.copy()
                value[..., clamp.unit] = clamp.value
            found[part] = value
            return value

        if self.kind == "LSTM":
            i, f, g, o = (
                keep(gate, self.bend(gate, given[gate] + state[gate]))
                for gate in ("input", "forget", "candidate", "output")
            )
            cell = keep("cell", f * c + i * g)
            keep("hidden", o * _BENDS[self.bends["cell"]](cell))
        elif self.kind == "GRU":
            z, r = (keep(gate, self.bend(gate, given[gate] + state[gate])) for gate in ("update", "reset"))
            g = keep("candidate", self.bend("candidate", given["candidate"] + r * state["candidate"]))
            keep("hidden", z * h + (1 - z) * g)
        else:
            keep("hidden", self.bend("hidden", given["hidden"] + state["hidden"]))
        return found

    def run(
        self,
        xs: np.ndarray,
        clamp: Clamp | None = None,
        *,
        is_backward: bool = False,
        is_read: np.ndarray | None = None,
    ) -> Values:
        """Return every part at every step, (..., steps, units) each.

        Args:
            xs: (..., steps, inputs).
            clamp: A value to hold.
            is_backward: Whether it reads from the last step to the first; the parts stand at the step that they are of.
            is_read: Which steps count, bool (..., steps): at others the states stay. All by default.
        """
        counts = np.ones(xs.shape[:-1], bool) if is_read is None else is_read
        counts = counts[..., ::-1] if is_backward else counts
        xs = np.asarray(xs, np.float64)
        xs = xs[..., ::-1, :] if is_backward else xs
        h = c = np.zeros((*xs.shape[:-2], self.units))
        rows = []
        for place in range(xs.shape[-2]):
            found = self.step(xs[..., place, :], h, c, clamp)
            kept = counts[..., place, None]
            found |= {
                part: np.where(kept, found[part], old) for part, old in (("hidden", h), ("cell", c)) if part in found
            }
            h, c = found["hidden"], found.get("cell", c)
            rows.append(found)
        whole = {part: np.stack([row[part] for row in rows], -2) for part in rows[0]}
        return {part: value[..., ::-1, :] for part, value in whole.items()} if is_backward else whole


def cell_of(layer: keras.layers.Layer) -> Cell:
    """Return the weights of a recurrent layer as they are now.

    Raises:
        ProbeError: It is none, or one of a kind that is not written out here.
    """
    kind, inner = type(layer).__name__, getattr(layer, "cell", None)
    gates = GATES.get(kind)
    if gates is None or inner is None or not getattr(inner, "reset_after", True):
        raise ProbeError("this layer has no step that can be written out", expected="an LSTM, a GRU or a simple RNN")
    biases = np.zeros((2, inner.units * len(gates)))
    if inner.bias is not None:
        biases[: np.atleast_2d(inner.bias).shape[0]] = np.asarray(inner.bias)
    return Cell(
        kind,
        _by_gate(np.asarray(inner.kernel), gates),
        _by_gate(np.asarray(inner.recurrent_kernel), gates),
        _by_gate(biases[0], gates),
        _by_gate(biases[1], gates),
        _bends_of(inner, gates),
    )


def _by_gate(weights: np.ndarray, gates: tuple[str, ...]) -> Values:
    parts = np.split(weights.astype(np.float64), len(gates), axis=-1)
    return dict(zip(gates, parts, strict=True))


def _bends_of(cell: keras.layers.Layer, gates: tuple[str, ...]) -> Mapping[str, str]:
    ends = ("candidate", "hidden", "cell")
    activations = {gate: cell.activation if gate in ends else cell.recurrent_activation for gate in (*gates, "cell")}
    found = {gate: str(getattr(activation, "__name__", activation)) for gate, activation in activations.items()}
    if unknown := set(found.values()) - set(_BENDS):
        raise ProbeError("a gate of this layer bends its sum in another way", received=", ".join(sorted(unknown)))
    return found
