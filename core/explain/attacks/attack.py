"""What all attacks share: which way to push, and how big a change may be."""

from __future__ import annotations

import keras
import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays
from core.explain.attribution.baselines import BRIGHTEST, baseline_of, unit_of
from core.explain.attribution.logits import Logits, logits_of

ANY = -1  # towards: any other class
SIZES = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128], np.float32)  # grey levels
ROW_SIZES = SIZES / 32  # standard deviations of the columns


class Attack:
    """Pushes an example towards another answer.

    What is pushed is the margin: the logit of the wanted class, or of the best of the others, minus that of the present
    answer. Unlike the cross-entropy it has a gradient even where the network is certain.

    Source of the margin: Carlini and Wagner, Towards evaluating the robustness of neural networks, 2017, section V.A.

    Args:
        network: Any that answers with probabilities or a number.
    """

    def __init__(self, network: keras.Model) -> None:
        self.network = network

    @property
    def logits(self) -> Logits:
        """Its logits."""
        return logits_of(self.network)

    def begin(self, example: np.ndarray, towards: int) -> tuple[np.ndarray, int]:
        """Return the example as floats, and the network's answer.

        Raises:
            ProbeError: There is no such class, or it is the network's answer already.
        """
        start = example.astype(np.float32)
        own = int(self.logits(start[None])[0].argmax())
        most = max(self.logits.count, 2) - 1  # a number can go down or up
        if not ANY <= towards <= most or (towards == own and self.logits.count > 1):
            others = f"0 to {most} except {own}, its answer" if self.logits.count > 1 else "0, lower, or 1, higher"
            raise ProbeError(f"the network cannot be pushed towards answer {towards}", expected=others)
        return start, own

    def pushes(self, logits: np.ndarray, own: int, towards: int) -> np.ndarray:
        """Return the weights (n, answers) that make the margin of logits (n, answers)."""
        if self.logits.count == 1:
            return np.full(logits.shape, -1 if towards == 0 else 1, np.float32)
        rivals = logits.copy()
        rivals[:, own] = -np.inf
        wanted = rivals.argmax(axis=1) if towards == ANY else np.full(len(logits), towards)
        weights = np.zeros(logits.shape, np.float32)
        weights[np.arange(len(logits)), wanted] = 1
        weights[:, own] = -1
        return weights

    def limits(self, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and highest value of each number: black and white, or far out among the rows."""
        if start.ndim > 1:
            return np.zeros_like(start), np.full_like(start, BRIGHTEST)
        middle, spread = baseline_of(self.network, start, "black"), unit_of(self.network, start)
        return np.minimum(middle - 4 * spread, start), np.maximum(middle + 4 * spread, start)

    def sizes(self, start: np.ndarray) -> np.ndarray:
        """Return the sizes that are tried, (k,)."""
        return SIZES if start.ndim > 1 else ROW_SIZES

    def ladder(self, start: np.ndarray) -> np.ndarray:
        """Return how far each number may move for each size, (k, ...)."""
        room: np.ndarray = self.sizes(start).reshape(-1, *[1] * start.ndim) * unit_of(self.network, start)
        return room

    def whole(self, changed: np.ndarray, example: np.ndarray) -> np.ndarray:
        """Return changed examples (n, ...) within their limits, and as whole grey levels if the example is such."""
        low, high = self.limits(example.astype(np.float32))
        within: np.ndarray = np.clip(changed, low, high)
        return within.round().astype(np.uint8) if example.dtype == np.uint8 else within.astype(np.float32)

    def end(self, changed: np.ndarray, start: np.ndarray, own: int, towards: int) -> Arrays:
        """Return what the network says of changed examples (n, ...), and of the example as it was.

        Returns:
            `changed`, as given; `before` float32 (answers,), of the example; `answers` float32 (n, answers); `flips`
            bool (n,), whether the answer is another one, or the wanted one; always False for a number.
        """
        before, logits = self.logits(start[None]), self.logits(changed)
        return {
            "changed": changed,
            "before": self.logits.answers(before)[0],
            "answers": self.logits.answers(logits),
            "flips": self.flips(logits, own, towards),
        }

    def flips(self, logits: np.ndarray, own: int, towards: int) -> np.ndarray:
        """Return which logits (n, answers) mean another answer, or the wanted one; none for a number."""
        said = logits.argmax(axis=1)
        flips: np.ndarray = (said != own if towards == ANY else said == towards) & (self.logits.count > 1)
        return flips
