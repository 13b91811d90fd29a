"""Let a network answer texts: token after token, each the likeliest after those before it."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.attention import call_of
from core.layers.attention.blocks import CONTEXT

LOGITS = "logits"


class Translate:
    """Answers questions, and tells what a decoder attends to while it does.

    Args:
        network: A network that reads a question with the answer so far, and says the answer.

    Raises:
        ProbeError: It answers no texts.
    """

    def __init__(self, network: keras.Model) -> None:
        names = {layer.name for layer in network.layers}
        if LOGITS not in names or len(network.output_shape) != 3 or network.output_shape[1] >= network.input_shape[1]:
            raise ProbeError("this network answers no texts", expected="one that learned to answer them")
        self._steps = network.output_shape[1]
        self._asked = network.input_shape[1] - self._steps
        outputs = {"logits": network.get_layer(LOGITS).output}
        attending = [layer for layer in network.layers if layer.name.endswith(f"_{CONTEXT}")]
        if attending:
            outputs["weighed"] = attending[-1].input
        reader = keras.Model(network.input, outputs)

        def read(rows: tf.Tensor) -> dict[str, tf.Tensor]:
            found = reader(rows, training=False)
            if not attending:
                return {"logits": found["logits"]}
            given, named = call_of(attending[-1], found["weighed"])
            _, shares = attending[-1](*given, **named, return_attention_scores=True)
            shares = tf.reduce_mean(shares, 1) if len(shares.shape) == 4 else shares  # of its heads
            return {"logits": found["logits"], "attention": shares}

        signature = [tf.TensorSpec((None, *network.input_shape[1:]), tf.int32)]
        self._read = tf.function(read, input_signature=signature, autograph=False)

    def __call__(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Answer questions.

        Args:
            rows: Questions int32 (n, asked + answer), as networks take them; of an answer only its beginning counts.

        Returns:
            `tokens` int32 (n, answer), zeros after an end, and if there is a decoder `attention` float32 (n, answer,
            asked): the share of each token of the question in each of the answer.
        """
        rows = np.array(rows, np.int32)
        end, ended = rows[:, self._asked].copy(), np.zeros(len(rows), bool)
        rows[:, self._asked + 1 :] = 0
        tokens, found = np.zeros((len(rows), self._steps), np.int32), dict[str, tf.Tensor]()
        for step in range(self._steps):
            found = self._read(tf.constant(rows))
            said = np.where(ended, 0, found["logits"].numpy()[:, step].argmax(1))
            tokens[:, step], ended = said, ended | (said == end)
            if step + 1 < self._steps:
                rows[:, self._asked + step + 1] = said
        attention = {"attention": found["attention"].numpy().astype(np.float32)} if "attention" in found else {}
        return {"tokens": tokens, **attention}
