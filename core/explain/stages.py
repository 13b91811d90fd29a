"""What each stage of a network makes of one example. A stage is what people see as one layer."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from core.layers.kinds import KINDS

EAGER_CALLS = 20  # compiling takes as long as some forty calls, more than most runs save snapshots
PASSES_ON = (keras.layers.InputLayer, *(getattr(keras.layers, n) for n, kind in KINDS.items() if kind.passes_on))


def stage_outputs(layers: Sequence[keras.Layer]) -> dict[str, keras.KerasTensor]:
    """Return the symbolic output of each stage, first to last, without those that change no number.

    The layers inside a block are named after it, so `residual_1_conv_1` is a part of the stage `residual_1`.

    Args:
        layers: Of any functional model; the last one is the answer, which is no stage.

    Returns:
        `maps/<stage>` (batch, h, w, channels) or `units/<stage>` (batch, units).
    """
    new = [layer for layer in layers[:-1] if not isinstance(layer, PASSES_ON)]
    names = {layer.name for layer in new}
    whole = [layer for layer in new if not any(layer.name.startswith(f"{name}_") for name in names)]
    return {f"{'maps' if len(layer.output.shape) == 4 else 'units'}/{layer.name}": layer.output for layer in whole}


class StageReader:
    """Reads all stages of a network and its answer in one call, compiled once it was called often.

    Args:
        network: Any whose last layer answers.
        answer: Name of the answer.
        beside: Further inputs (n, *input shape) that are answered in the same call; none by default.
        begin: Where to start: the network's input by default, or the output of a layer.
    """

    def __init__(
        self,
        network: keras.Model,
        answer: str,
        beside: np.ndarray | None = None,
        begin: keras.KerasTensor | None = None,
    ) -> None:
        given = network.input if begin is None else begin
        dtype = network.input.dtype if begin is None else "float32"
        self.layers = network.layers if begin is None else keras.Model(begin, network.output).layers
        reader = keras.Model(given, {**stage_outputs(self.layers), answer: network.output})
        others = np.empty((0, *given.shape[1:]), dtype) if beside is None else beside

        def read(example: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            batch = tf.concat([example[None], others], 0)
            outputs = {name: tf.cast(value, tf.float32) for name, value in reader(batch, training=False).items()}
            return {name: value[0] for name, value in outputs.items()}, outputs[answer][1:]

        example = tf.TensorSpec(given.shape[1:], dtype)
        self._calls, self._dtype, self._read = 0, dtype, read
        self._compiled = tf.function(read, input_signature=[example], autograph=False)

    def __call__(self, example: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Look at one example, whatever the network computes in.

        Args:
            example: As it comes into the network, without a batch.

        Returns:
            float32 arrays by the names of `stage_outputs` and of the answer, and the answers (n, answers) to `beside`.
        """
        self._calls += 1
        read = self._compiled if self._calls > EAGER_CALLS else self._read
        stages, others = read(tf.convert_to_tensor(example, self._dtype))
        return {name: value.numpy() for name, value in stages.items()}, others.numpy()
