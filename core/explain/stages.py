"""What each stage of a network makes of one example. A stage is what people see as one layer."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from core.layers.kinds import KINDS

ANSWERS = "answers"
EAGER_CALLS = 20  # compiling takes as long as some forty calls, more than most runs save snapshots
PASSES_ON = (keras.layers.InputLayer, *(getattr(keras.layers, n) for n, kind in KINDS.items() if kind.passes_on))


def stage_outputs(layers: Sequence[keras.Layer]) -> dict[str, keras.KerasTensor]:
    """Return the symbolic output of each stage, first to last, without those that change no number.

    The layers inside a block are named after it, so `residual_1_conv_1` is a part of the stage `residual_1`, whose last
    layer, the one named as the block, is its output even if that only reshapes.

    Args:
        layers: Of any functional model; the last one is the answer, which is no stage.

    Returns:
        `maps/<stage>` (batch, h, w, channels) or `units/<stage>` (batch, units).
    """
    inside = layers[:-1]
    new = {layer.name for layer in inside if not isinstance(layer, PASSES_ON)}
    ends = {name for name in (layer.name for layer in inside) if any(part.startswith(f"{name}_") for part in new)}
    named = [layer for layer in inside if layer.name in new | ends]
    whole = [layer for layer in named if not any(layer.name.startswith(f"{name}_") for name in new | ends)]
    return {f"{'maps' if len(layer.output.shape) == 4 else 'units'}/{layer.name}": layer.output for layer in whole}


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
        reader = keras.Model(given, {**stage_outputs(self.layers), ANSWERS: network.output})
        answerer = keras.Model(given, network.output)  # of many examples the stages would need much memory

        def look(examples: tf.Tensor) -> dict[str, tf.Tensor]:
            return {name: tf.cast(value, tf.float32) for name, value in reader(examples, training=False).items()}

        def answer(examples: tf.Tensor) -> tf.Tensor:
            return tf.cast(answerer(examples, training=False), tf.float32)

        signature = [tf.TensorSpec(given.shape, dtype)]
        self._calls, self._dtype, self._eager = 0, dtype, (look, answer)
        self._compiled = [tf.function(one, input_signature=signature, autograph=False) for one in self._eager]

    def __call__(self, examples: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Look at the first of some examples, and answer all, whatever the network computes in.

        Args:
            examples: (n, ...) as they come into the network.

        Returns:
            float32 arrays by the names of `stage_outputs`, and the answers (n, ...).
        """
        self._calls += 1
        look, answer = self._compiled if self._calls > EAGER_CALLS else self._eager
        first, others = (tf.convert_to_tensor(part, self._dtype) for part in (examples[:1], examples[1:]))
        stages = {name: value.numpy() for name, value in look(first).items()}
        answers = stages.pop(ANSWERS)
        if len(examples) > 1:
            answers = np.concatenate([answers, answer(others).numpy()])
        return {name: value[0] for name, value in stages.items()}, answers


class Stages:
    """Reads what each stage makes of the first of some examples, and what the network answers to all.

    Args:
        network: Any.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reader = StageReader(network)

    def __call__(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Run the network on examples (n, ...).

        Returns:
            `maps/<stage>` float32 (h, w, channels) or `units/<stage>` (units,) of each stage that makes something new
            of the first example, and `answers` float32 (n, ...).
        """
        stages, answers = self._reader(examples)
        return {**stages, ANSWERS: answers}
