"""The loss of each example, and its gradient with respect to the network's last numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Objective(Protocol):
    """A loss."""

    def loss(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the loss of each example (n,)."""

    def gradient(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return its gradient with respect to `out` (n, numbers)."""


def softmax(z: np.ndarray) -> np.ndarray:
    """Return probabilities (n, classes) of logits."""
    powers = np.exp(z - z.max(1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(1, keepdims=True)
    return shares


@dataclass(frozen=True)
class CrossEntropy:
    """Cross-entropy in nats of the softmax of logits (n, classes); `wanted` are classes (n,).

    Args:
        smoothing: What all classes together get of the wanted class's probability.
    """

    smoothing: float = 0.0

    def targets(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the wanted probabilities (n, classes)."""
        classes = out.shape[1]
        wished: np.ndarray = np.eye(classes)[wanted.astype(int)] * (1 - self.smoothing) + self.smoothing / classes
        return wished

    def loss(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return minus the sum of t log p."""
        logs = out - out.max(1, keepdims=True)
        logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
        total: np.ndarray = -(self.targets(out, wanted) * logs).sum(1)
        return total

    def gradient(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return p - t."""
        found: np.ndarray = softmax(out) - self.targets(out, wanted)
        return found


@dataclass(frozen=True)
class SquaredError:
    """The squared error of a number (n, 1), in units of the target's `spread`; `wanted` are numbers (n,)."""

    spread: float = 1.0

    def loss(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return ((y - t) / spread) squared."""
        error: np.ndarray = ((out[:, 0] - wanted) / self.spread) ** 2
        return error

    def gradient(self, out: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return 2 (y - t) / spread squared."""
        found: np.ndarray = 2 * (out - wanted[:, None]) / self.spread**2
        return found
