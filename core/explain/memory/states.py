"""What the units of a layer say along a sequence."""

from __future__ import annotations

import keras
import numpy as np

from core.explain.memory.reading import Reading, sequence_of


class States:
    """Reads one part of a layer at every step of one sequence.

    Args:
        network: A functional model with one input, whose first axis is time.
    """

    def __init__(self, network: keras.Model) -> None:
        self._reading = Reading(network)

    def __call__(
        self, given: np.ndarray, *, layer: str, what: str = "hidden", text: np.ndarray | None = None
    ) -> dict[str, np.ndarray]:
        """Read a sequence.

        Args:
            given: An example, as the network takes it.
            layer: A layer that says something at every step; of one that reads both ways also `<layer>/backward`.
            what: Of a recurrent layer, as in `core.layers.memory.PARTS`; `hidden` of another one.
            text: A sequence of another length to read instead.

        Returns:
            `values` float32 (steps, units).

        Raises:
            ProbeError: There is no such layer or part, or the sequence is empty or too long.
        """
        read = self._reading.read(sequence_of(given, text)[None])
        return {"values": self._reading.values(read, layer, what)[0].astype(np.float32)}
