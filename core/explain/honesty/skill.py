"""Whether a network knows more than a guess, without which no explanation explains anything."""

from __future__ import annotations

import keras
import numpy as np

from core.datasets import Prepared
from core.explain.attribution.logits import AT_ONCE, logits_of
from core.schedule.split import evenly_spread

EXAMPLES, FEWEST = 200, 50


class Skill:
    """Counts right answers to a few test examples.

    Args:
        network: A classifier.
        data: Its data.
    """

    def __init__(self, network: keras.Model, data: Prepared) -> None:
        self._network = network
        count = logits_of(network).affordable(EXAMPLES, least=FEWEST)
        rows = evenly_spread(np.arange(len(data.y_test)), min(count, len(data.y_test)))
        self._examples, self._labels = np.array(data.x_test[rows]), np.array(data.y_test[rows])

    def __call__(self, example: np.ndarray) -> dict[str, np.ndarray]:
        """Test the network; the example that is explained does not matter.

        Returns:
            `right`, how many it got right; `guessed`, how many always naming the most frequent class would; `count`.
        """
        said = np.concatenate([self._said(start) for start in range(0, len(self._examples), AT_ONCE)])
        frequent = np.bincount(self._labels.astype(np.int64)).max()
        return {
            "right": np.array((said == self._labels).sum()),
            "guessed": np.array(frequent),
            "count": np.array(len(said)),
        }

    def _said(self, start: int) -> np.ndarray:
        answers: np.ndarray = logits_of(self._network)(self._examples[start : start + AT_ONCE]).argmax(axis=1)
        return answers
