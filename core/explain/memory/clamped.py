"""Writing with a part of one unit held at a value: what does it change?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.memory.cells import RECURRENT, Cell, Clamp, Values, cell_of
from core.probe.patience import check_patience

LOGITS = "logits"
MOST = 1_000  # tokens in one answer
STEPWISE = (
    keras.layers.Embedding,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.LayerNormalization,
    keras.layers.Activation,
)


class Clamped:
    """Lets a network write on twice with the same draws: as it is, and with a part of one unit held.

    Args:
        network: A chain of recurrent layers and of such as look at one step alone, whose logits are a layer.

    Raises:
        ProbeError: It does not write so.
    """

    def __init__(self, network: keras.Model) -> None:
        names = [layer.name for layer in network.layers]
        if LOGITS not in names or len(network.output_shape) != 3:
            raise ProbeError("this network does not write", expected="one that learned to say the next character")
        self._layers = network.layers[1 : names.index(LOGITS) + 1]
        if not all(isinstance(layer, RECURRENT + STEPWISE) for layer in self._layers):
            raise ProbeError("this network does not write from a memory alone", expected="recurrent layers")

    def __call__(
        self,
        given: np.ndarray,
        *,
        prompt: np.ndarray,
        count: int,
        temperature: float,
        seed: int,
        layer: str,
        what: str,
        unit: int,
        value: float,
    ) -> dict[str, np.ndarray]:
        """Write on from a prompt, which is read without the clamp but for its last token.

        Args:
            given: Any input.
            prompt: Tokens to go on from, int32 (n,), at least one.
            count: Tokens to write, 1 to 1,000.
            temperature: What logits are divided by.
            seed: Seed of the draws; both texts have the same.
            layer: A recurrent layer.
            what: The part that is held, as in `core.layers.memory.PARTS`.
            unit: Which unit.
            value: The value.

        Returns:
            `free` and `clamped`, int32 (count,); `free_values` and `clamped_values`, float32 (count,), what that part
            of the unit was when each token was drawn; `first_shares`, float32 (2, tokens), from which each drew first.

        Raises:
            ProbeError: There is no such layer, part or unit, or a number is out of range.
        """
        units = {one.name: one.units for one in self._layers if isinstance(one, RECURRENT)}
        if not (len(prompt) and 1 <= count <= MOST and temperature > 0 and np.isfinite(value)):
            raise ProbeError("this cannot be written", expected=f"a prompt, 1 to {MOST:,} tokens and finite numbers")
        if layer not in units or not 0 <= unit < units[layer]:
            raise ProbeError("there is no such unit", expected=f"a unit of {', '.join(units)}", received=f"{unit}")
        stepper = _Stepper(self._layers, layer, what)
        for token in prompt[:-1]:
            stepper.step(int(token), None)
        begin, found, first = stepper.states, Values(), []
        for name, clamp in (("free", None), ("clamped", Clamp(what, unit, value))):
            stepper.states = dict(begin)
            tokens, values, shares = _write(
                stepper, int(prompt[-1]), count, temperature, seed, len(prompt), clamp, unit
            )
            found |= {name: tokens, f"{name}_values": values}
            first.append(shares)
        return {**found, "first_shares": np.stack(first)}


def _write(
    stepper: _Stepper, token: int, count: int, temperature: float, seed: int, read: int, clamp: Clamp | None, unit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the tokens that are written, the unit's values, and the shares of the first token."""
    tokens, values, first = [], [], np.zeros(0, np.float32)
    for place in range(read - 1, read - 1 + count):
        check_patience()
        logits = stepper.step(token, clamp)
        values.append(float(stepper.watched[unit]))
        token = _draw(logits, temperature, seed, place)
        tokens.append(token)
        first = first if len(first) else _softmax(logits)
    return np.array(tokens, np.int32), np.array(values, np.float32), first


def _draw(logits: np.ndarray, temperature: float, seed: int, place: int) -> int:
    """Draw a token, never the first; the same seed and place draw alike."""
    allowed = (logits / temperature).astype(np.float32)
    allowed[0] = -1e9
    return int(tf.random.stateless_categorical(allowed[None], 1, [seed % 2**31, place], tf.int32)[0, 0])


def _softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max())
    found: np.ndarray = (shares / shares.sum()).astype(np.float32)
    return found


class _Stepper:
    """Goes through a text token by token.

    Args:
        layers: From the embedding to the logits.
        layer: The recurrent layer that is held and watched.
        what: The part of it.
    """

    def __init__(self, layers: Sequence[keras.layers.Layer], layer: str, what: str) -> None:
        self._cells = {one.name: cell_of(one) for one in layers if isinstance(one, RECURRENT)}
        self._others = {one.name: _plain(one) for one in layers if not isinstance(one, RECURRENT)}
        self._names, self._layer, self._what = [one.name for one in layers], layer, what
        self.states = {name: (np.zeros(cell.units), np.zeros(cell.units)) for name, cell in self._cells.items()}
        self.watched = np.zeros(0)

    def step(self, token: int, clamp: Clamp | None) -> np.ndarray:
        """Return the logits after one more token."""
        x = np.array(token)
        for name in self._names:
            x = self._recur(name, self._cells[name], x, clamp) if name in self._cells else self._others[name](x)
        return x

    def _recur(self, name: str, cell: Cell, x: np.ndarray, clamp: Clamp | None) -> np.ndarray:
        found = cell.step(x, *self.states[name], clamp if name == self._layer else None)
        if name == self._layer:
            if self._what not in found:
                raise ProbeError(f"layer {name!r} has no {self._what!r}", expected=f"one of {', '.join(found)}")
            self.watched = found[self._what]
        self.states[name] = found["hidden"], found.get("cell", self.states[name][1])
        return found["hidden"]


def _plain(layer: keras.layers.Layer) -> Callable[[np.ndarray], np.ndarray]:
    """Return what a layer makes of one step; the two that every network has, without Keras' cost of a call."""
    if isinstance(layer, keras.layers.Embedding):
        table = np.asarray(layer.embeddings, np.float64)
        return lambda token: table[token]
    if isinstance(layer, keras.layers.Dense) and layer.activation is keras.activations.linear:
        kernel, bias = np.asarray(layer.kernel, np.float64), np.asarray(layer.bias, np.float64)
        return lambda x: x @ kernel + bias
    return lambda x: np.asarray(layer(x[None, None].astype(np.float32), training=False)[0, 0], np.float64)
