"""What a network makes of a sequence, step by step; of recurrent layers every gate."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.memory.cells import RECURRENT, Clamp, Values, cell_of
from core.layers.memory import BACKWARD

ANSWER, INTO, IS_READ = "answer", "into/", "is_read"
LONGEST = 2_000  # steps of a sequence


class _Placed(NamedTuple):
    """A recurrent layer, the layer of the network that it stands in, and whether it reads backwards."""

    layer: keras.layers.Layer
    inside: str
    is_backward: bool


class Reading:
    """Reads sequences of any length, as far as the network's layers can.

    `keras.Function`, unlike a model, does not insist on the length that the network was built for. It is compiled at
    once, since a recurrent layer takes long otherwise.

    Args:
        network: A functional model with one input.
    """

    def __init__(self, network: keras.Model) -> None:
        self.memories = _memories(network)
        inside = {placed.inside for placed in self.memories.values()}
        outputs = {f"{INTO}{name}": into(network.get_layer(name)) for name in inside}
        outputs |= {one.name: one.output for one in network.layers[1:] if len(one.output.shape) == 3}
        given = network.inputs[0]
        function = keras.Function(given, {**outputs, ANSWER: network.output})
        signature = [tf.TensorSpec((None, None, *given.shape[2:]), given.dtype)]
        self._read = tf.function(lambda x: function(x), input_signature=signature, autograph=False)
        self._dtype = given.dtype
        self._skips = any(getattr(layer, "mask_zero", False) for layer in network.layers)

    def read(self, examples: np.ndarray) -> Values:
        """Return by layer what comes out at every step, float32 (n, steps, units); `answer`; `into/<layer>`; `is_read`.

        Args:
            examples: (n, steps, ...).
        """
        if not 1 <= examples.shape[1] <= LONGEST:
            raise ProbeError("the sequence has the wrong length", expected=f"1 to {LONGEST:,} steps")
        found = self._read(tf.constant(examples, self._dtype))
        is_read = examples != 0 if self._skips else np.ones(examples.shape[:2], bool)
        return {IS_READ: is_read} | {name: np.asarray(tf.cast(value, tf.float32)) for name, value in found.items()}

    def answer(self, examples: np.ndarray) -> np.ndarray:
        """Return the answers alone, float32 (n, ...)."""
        return self.read(examples)[ANSWER]

    def parts(self, read: Values, layer: str, clamp: Clamp | None = None) -> Values:
        """Return every part of a recurrent layer at every step, float64 (n, steps, units) each.

        Args:
            read: What `read` returned.
            layer: A key of `memories`.
            clamp: A value to hold.
        """
        placed = self.memory(layer)
        given = read[f"{INTO}{placed.inside}"]
        is_read = read[IS_READ] if given.shape[:2] == read[IS_READ].shape else None  # pooled before: another time
        return cell_of(placed.layer).run(given, clamp, is_backward=placed.is_backward, is_read=is_read)

    def memory(self, layer: str) -> _Placed:
        """Return a recurrent layer.

        Raises:
            ProbeError: There is none of that name.
        """
        if layer not in self.memories:
            expected = f"one of {', '.join(self.memories) or 'none'}"
            raise ProbeError(f"no recurrent layer {layer!r}", expected=expected)
        return self.memories[layer]

    def values(self, read: Values, layer: str, part: str) -> np.ndarray:
        """Return one part of a layer at every step, (n, steps, units).

        Raises:
            ProbeError: There is no such layer or part.
        """
        if layer not in self.memories:
            if layer not in read or part != "hidden":
                raise ProbeError(f"layer {layer!r} has no {part!r} at every step", expected="another layer")
            return read[layer]
        found = self.parts(read, layer)
        if part not in found:
            raise ProbeError(f"layer {layer!r} has no {part!r}", expected=f"one of {', '.join(found)}")
        return found[part]


def into(layer: keras.layers.Layer) -> keras.KerasTensor:
    """Return what comes into a layer, without the mask that may come along."""
    return layer.input[0] if isinstance(layer.input, list | tuple) else layer.input


def _memories(network: keras.Model) -> dict[str, _Placed]:
    found = {}
    for layer in network.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            found[layer.name] = _Placed(layer.forward_layer, layer.name, False)
            found[layer.name + BACKWARD] = _Placed(layer.backward_layer, layer.name, True)
        elif isinstance(layer, RECURRENT):
            found[layer.name] = _Placed(layer, layer.name, bool(layer.go_backwards))
    return found


def sequence_of(given: np.ndarray, text: np.ndarray | None) -> np.ndarray:
    """Return the sequence that is asked about: the text if there is one, else the network's usual input."""
    return given if text is None else np.asarray(text)
