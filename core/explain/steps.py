"""What the layers of a sequence network say at every step of one example."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.explain.stages import ANSWERS, ends


class Steps:
    """Reads what each stage makes of one example, step by step, and the answer.

    It is compiled at once, since a recurrent layer takes long otherwise.

    Args:
        network: A network whose last layer answers.
        begin: Where to start: the network's input by default, or the output of a layer.
    """

    can_die = False  # no unit is tested for being 0 at all examples

    def __init__(self, network: keras.Model, begin: keras.KerasTensor | None = None) -> None:
        given = network.input if begin is None else begin
        layers = network.layers if begin is None else keras.Model(begin, network.output).layers
        outputs = {layer.name: layer.output for layer in ends(layers) if len(layer.output.shape) in (2, 3)}
        reader = keras.Model(given, {**outputs, ANSWERS: network.output})
        self._answer, self._dtype = network.layers[-1].name, network.input.dtype if begin is None else "float32"
        signature = [tf.TensorSpec(given.shape, self._dtype)]
        read = tf.function(lambda x: reader(x, training=False), input_signature=signature, autograph=False)
        self._read = read

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Look at one example."""
        return self.look(example[None])

    def look(self, examples: np.ndarray) -> dict[str, np.ndarray]:
        """Look at the first of some examples.

        Args:
            examples: (n, ...) as they come into the network.

        Returns:
            `maps/<stage>` float32 (units, steps, 1) of each stage that says something at every step, or
            `units/<stage>` (units,); `probabilities` (classes,) or `number` (1,), of the last step if each has one.
        """
        found = self._read(tf.convert_to_tensor(examples[:1], self._dtype))
        arrays = {name: np.asarray(tf.cast(value[0], tf.float32)) for name, value in found.items()}
        answer = arrays.pop(ANSWERS)
        if answer.ndim > 1:  # one at every step: the last one says what comes next
            answer = answer[-1]
        said = {f"units/{name}": array for name, array in arrays.items() if array.ndim == 1}
        maps = {f"maps/{name}": array.T[..., None] for name, array in arrays.items() if array.ndim == 2}
        return {**maps, **said, self._answer: answer}
