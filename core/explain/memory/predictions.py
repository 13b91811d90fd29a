"""What a network expects after every step of a text."""

from __future__ import annotations

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.memory.reading import Reading, sequence_of


class Predictions:
    """Reads the shares of the next token after each one.

    Args:
        network: A functional model with an answer at every step.

    Raises:
        ProbeError: It has no such answers.
    """

    def __init__(self, network: keras.Model) -> None:
        if len(network.output_shape) != 3:
            raise ProbeError("this network expects no next character", expected="one that learned to say it")
        self._reading = Reading(network)

    def __call__(self, given: np.ndarray, *, text: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """Read a text.

        Args:
            given: An example, as the network takes it.
            text: A text of another length to read instead.

        Returns:
            `shares` float32 (steps, tokens): of what comes after each step.
        """
        return {"shares": self._reading.answer(sequence_of(given, text)[None])[0]}
