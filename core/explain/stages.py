"""What each stage of a network makes of one example. A stage is what people see as one layer."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from core.figures.network.frame import DEAD
from core.layers.kinds import KINDS

ANSWERS = "answers"
EAGER_CALLS = 20  # compiling takes as long as some forty calls, more than most runs save snapshots
CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.SeparableConv2D)
_PASSING = (name for name, kind in KINDS.items() if kind.passes_on and not kind.operation)
PASSES_ON = (keras.layers.InputLayer, *(getattr(keras.layers, name) for name in _PASSING))


def stage_outputs(layers: Sequence[keras.Layer]) -> dict[str, keras.KerasTensor]:
    """Return the symbolic output of each stage, first to last, without those that change no number.

    The layers inside a block are named after it, so `residual_1_conv_1` is a part of the stage `residual_1`, whose last
    layer, the one named as the block, is its output even if that only reshapes.

    Args:
        layers: Of any functional model; the last one is the answer, which is no stage, and neither is a sequence.

    Returns:
        `maps/<stage>` (batch, h, w, channels) or `units/<stage>` (batch, units).
    """
    found = [layer for layer in ends(layers) if len(layer.output.shape) in (2, 4)]
    return {f"{'maps' if len(layer.output.shape) == 4 else 'units'}/{layer.name}": layer.output for layer in found}


def ends(layers: Sequence[keras.Layer]) -> list[keras.Layer]:
    """Return the last layer of each stage."""
    inside = layers[:-1]
    new = {layer.name for layer in inside if not isinstance(layer, PASSES_ON)}
    whole = {name for name in (layer.name for layer in inside) if any(part.startswith(f"{name}_") for part in new)}
    named = [layer for layer in inside if layer.name in new | whole]
    return [layer for layer in named if not any(layer.name.startswith(f"{name}_") for name in new | whole)]


def first_convolution(layers: Sequence[keras.Layer]) -> keras.layers.Conv2D | None:
    """Return the first convolution; None if there is none, or it is not a plain one."""
    first = next((layer for layer in layers if isinstance(layer, CONVOLUTIONS)), None)
    return first if isinstance(first, keras.layers.Conv2D) else None


class StageReader:
    """Reads all stages of a network and its answers, compiled once it was called often.

    Args:
        network: Any whose last layer answers.
        begin: Where to start: the network's input by default, or the output of a layer.
    """

    def __init__(self, network: keras.Model, begin: keras.KerasTensor | None = None) -> None:
        given = network.input if begin is None else begin
        dtype = network.input.dtype if begin is None else "float32"
        self.layers = network.layers if begin is None else keras.Model(begin, network.output).layers
        outputs = {**stage_outputs(self.layers), ANSWERS: network.output}
        reader = keras.Model(given, outputs)
        rectified = {layer.name for layer in ends(self.layers) if is_rectified(layer)}
        can_die = [name for name in outputs if name.partition("/")[2] in rectified]
        self.can_die = bool(can_die)

        def look(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            found = reader(examples, training=False)
            dead = {f"{DEAD}{name.partition('/')[2]}": _is_zero(found[name]) for name in can_die}
            first = {name: tf.cast(value if name == ANSWERS else value[0], tf.float32) for name, value in found.items()}
            return {**first, **dead}

        self._calls, self._dtype, self._eager = 0, dtype, look
        signature = [tf.TensorSpec(given.shape, dtype)]
        self._compiled = tf.function(look, input_signature=signature, autograph=False)

    def __call__(self, examples: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Look at the first of some examples, and answer all, whatever the network computes in.

        One pass, as two take nearly twice as long for the few and small examples that are looked at.

        Args:
            examples: (n, ...) as they come into the network.

        Returns:
            float32 arrays by the names of `stage_outputs`; of several examples also `dead/<stage>`, bool (1, 1,
            channels) or (units,), of each stage that ends in a ReLU: what is 0 everywhere for all of them; and the
            answers (n, ...).
        """
        self._calls += 1
        look = self._compiled if self._calls > EAGER_CALLS else self._eager
        found = {name: value.numpy() for name, value in look(tf.convert_to_tensor(examples, self._dtype)).items()}
        answers = found.pop(ANSWERS)
        if len(examples) == 1:  # a single one says nothing
            found = {name: value for name, value in found.items() if not name.startswith(DEAD)}
        return found, answers


def is_rectified(layer: keras.Layer) -> bool:
    """Return whether a layer puts out 0 for all that is negative."""
    return isinstance(layer, keras.layers.ReLU) or getattr(layer, "activation", None) is keras.activations.relu


def _is_zero(values: tf.Tensor) -> tf.Tensor:
    """Return which channels (1, 1, n) or units (n,) are 0 for all examples; a NaN is not."""
    return tf.reduce_all(values == 0, axis=list(range(len(values.shape) - 1)), keepdims=True)[0]


class Stages:
    """Reads what each stage makes of the first of some examples, and what the network answers to all.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reader = StageReader(network)
        takes_images = len(network.input_shape) == 4
        self._first = first_convolution(network.layers) if takes_images else None

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on examples (n, ...).

        Returns:
            `maps/<stage>` float32 (h, w, channels) or `units/<stage>` (units,) of each stage that makes something new
            of the first example, `dead/<stage>` as of `StageReader`, `kernels/<layer>` float32 (kh, kw,
            channels in, filters) of the first convolution if images come in and it is a plain one, and `answers`
            float32 (n, ...).
        """
        stages, answers = self._reader(examples)
        if self._first is not None:
            stages[f"kernels/{self._first.name}"] = self._first.kernel.numpy().astype(np.float32)
        return {**stages, ANSWERS: answers}


class FirstMaps:
    """Reads the first maps that a network makes of the first of some examples, and what it answers to all.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reader = StageReader(network)

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on examples (n, ...).

        Returns:
            `maps/<stage>` float32 (h, w, channels) of the first stage that makes maps, if one does, and `answers`
            float32 (n, ...).
        """
        stages, answers = self._reader(examples)
        first = [name for name in stages if name.startswith("maps/")][:1]
        return {**{name: stages[name] for name in first}, ANSWERS: answers}
