"""What all methods of attribution share."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np

from core.explain.attribution.logits import ANSWER, Logits, logits_of

Arrays = dict[str, np.ndarray]


class Begun(NamedTuple):
    """An example to explain: as a float batch (1, ...), with its logits (1, answers) and the class."""

    batch: np.ndarray
    logits: np.ndarray
    target: int


class Attribution:
    """A method that says how much each part of an input moved one logit.

    Args:
        network: Any that answers with probabilities, scores or a number.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network

    @property
    def logits(self) -> Logits:
        """Its logits."""
        return logits_of(self.network)

    def __call__(self, example: np.ndarray, *, target: int = ANSWER) -> Arrays:
        """Explain one example; methods add options of their own."""
        raise NotImplementedError

    def begin(self, example: np.ndarray, target: int) -> Begun:
        """Run the network on one example, and find the class to explain."""
        batch = example[None].astype(np.float32)
        logits = self.logits(batch)
        return Begun(batch, logits, self.logits.target(logits[0], target))

    def end(self, begun: Begun, attribution: np.ndarray, **more: np.ndarray | float) -> Arrays:
        """Return the answer of a method.

        Returns:
            `attribution` float32 (h, w[, c]) or (n,); `target` int64, the class explained; `logits` float32 (answers,);
            `answers` float32 (answers,), such as probabilities; and what else the method gives.
        """
        return {
            "attribution": attribution.astype(np.float32),
            "target": np.array(begun.target),
            "logits": begun.logits[0],
            "answers": self.logits.answers(begun.logits)[0],
            **{name: np.asarray(value, np.float32) for name, value in more.items()},
        }
