"""A chain of parts: forward, backward, and with other weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.explain.backprop.objective import Objective
from core.explain.backprop.parts import Linear, Part


@dataclass(frozen=True)
class Penalty:
    """What a layer's kernel adds to the loss: l1 times the sum of |w|, l2 times the sum of its squares."""

    l1: float = 0.0
    l2: float = 0.0

    def of(self, w: np.ndarray) -> np.ndarray:
        """Return what each weight adds."""
        added: np.ndarray = self.l1 * np.abs(w) + self.l2 * w**2
        return added

    def pull(self, w: np.ndarray) -> np.ndarray:
        """Return its derivative."""
        slope: np.ndarray = self.l1 * np.sign(w) + 2 * self.l2 * w
        return slope


@dataclass(frozen=True, eq=False)
class Passed:
    """What one way through a chain gave.

    Args:
        values: What comes into each part, and out of the last one (n, numbers).
        losses: Loss of each example (n,).
        back: Gradient of each example's own loss with respect to each of the `values`.
    """

    values: Sequence[np.ndarray]
    losses: np.ndarray
    back: Sequence[np.ndarray]


@dataclass(frozen=True, eq=False)
class Chain:
    """Parts, one after another, and how their answer is judged.

    Args:
        parts: First to last.
        objective: The loss.
        penalties: Of the kernel of each part, by its name.
    """

    parts: tuple[Part, ...]
    objective: Objective
    penalties: dict[str, Penalty]

    @cached_property
    def places(self) -> dict[tuple[int, str], slice]:
        """Where the weights of each part stand in the list of all of them."""
        found, at = {}, 0
        for k, name, value in self._weights():
            found[k, name] = slice(at, at + value.size)
            at += value.size
        return found

    @cached_property
    def weights(self) -> np.ndarray:
        """All that is trained, one after another, float64 (weights,)."""
        return np.concatenate([value.ravel() for _, _, value in self._weights()])

    def with_weights(self, weights: np.ndarray) -> Chain:
        """Return the chain with other weights, of the same order."""
        parts = []
        for k, part in enumerate(self.parts):
            values = [weights[self.places[k, name]].reshape(value.shape) for name, value in part.weights.items()]
            parts.append(part.with_weights(values))
        return Chain(tuple(parts), self.objective, self.penalties)

    def run(self, x: np.ndarray, wanted: np.ndarray) -> Passed:
        """Go forward with examples (n, numbers), and backward from their losses."""
        values = [x]
        for part in self.parts:
            values.append(part.forward(values[-1]))
        back = [self.objective.gradient(values[-1], wanted)]
        for part, given in zip(reversed(self.parts), reversed(values[:-1]), strict=True):
            back.append(part.backward(given, back[-1]))
        return Passed(values, self.objective.loss(values[-1], wanted), back[::-1])

    def gradient(self, passed: Passed) -> np.ndarray:
        """Return the gradient of the mean loss with the penalties, (weights,)."""
        count, found = len(passed.losses), []
        for k, part in enumerate(self.parts):
            each = part.gradients(passed.values[k], passed.back[k + 1])
            found += [each[name].ravel() / count for name in part.weights]
        gradient: np.ndarray = np.concatenate(found) + self.pulls()
        return gradient

    def pulls(self) -> np.ndarray:
        """Return what the penalties add to the gradient, (weights,)."""
        pulls = np.zeros_like(self.weights)
        for place, one in self._penalised():
            pulls[place] = one.pull(self.weights[place])
        return pulls

    def penalty(self) -> float:
        """Return what the penalties add to the loss."""
        return float(sum(one.of(self.weights[place]).sum() for place, one in self._penalised()))

    def penalty_of(self, k: int) -> Penalty:
        """Return the penalty of part k, a dense layer."""
        return self.penalties.get(self.parts[k].name, Penalty())

    def loss(self, x: np.ndarray, wanted: np.ndarray) -> float:
        """Return the mean loss of examples, with the penalties."""
        return float(self.losses_from(0, x, wanted).mean()) + self.penalty()

    def losses_from(self, k: int, x: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return the loss of each example (n,), from what comes into part k."""
        for part in self.parts[k:]:
            x = part.forward(x)
        return self.objective.loss(x, wanted)

    def _weights(self) -> Iterator[tuple[int, str, np.ndarray]]:
        return ((k, name, value) for k, part in enumerate(self.parts) for name, value in part.weights.items())

    def _penalised(self) -> Iterator[tuple[slice, Penalty]]:
        kernels = (k for k, part in enumerate(self.parts) if isinstance(part, Linear))
        return ((self.places[k, "kernel"], self.penalty_of(k)) for k in kernels)
