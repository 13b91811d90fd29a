"""Integrated gradients: the gradients on the way from a baseline to the example."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.logits import ANSWER, WITH_GRADIENT

POINTS, FEWEST, MOST = 128, 8, 1024
FIRST = 4  # one of so many points is placed evenly
ROUNDS = 8  # in which the others are placed


class IntegratedGradients(Attribution):
    """The mean gradient on a straight path, times the distance; it adds up to the change of the logit (completeness).

    The points lie close where the gradient jumps, and within a stretch the jump is placed where the change of the logit
    says that it is: equal steps miss 1 % of the change in a third of all digits, with 256 points.

    Source: Sundararajan, Taly and Yan, Axiomatic attribution for deep networks, 2017, sections 3 and 5.
    """

    def __call__(
        self, example: np.ndarray, *, target: int = ANSWER, baseline: str = BLACK, points: int | None = None
    ) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            target: The class to explain; -1 for the network's answer.
            baseline: Where the path begins: `black`, `white` or `blurred`; for a row always the average row.
            points: Gradients on the path, 8 to 1024; by default 128, or fewer for a large network.

        Returns:
            As `Attribution.end`, and `change`, the logit of the example minus that of the baseline, and `completeness`,
            the share of it by which the sum of the attributions misses it. `attribution` (h, w, c) is signed.

        Raises:
            ProbeError: `points` is out of range, or there is no such baseline.
        """
        count = self.logits.affordable(POINTS, WITH_GRADIENT) if points is None else points
        if not FEWEST <= count <= MOST:
            raise ProbeError(
                "the number of points is out of range", expected=f"{FEWEST} to {MOST}", received=f"{count}"
            )
        begun = self.begin(example, target)
        start = baseline_of(self.network, example, baseline)
        path = Path(self.logits, start, begun.batch[0] - start, begun.target, count // FIRST + 1)
        for left in range(ROUNDS, 0, -1):
            path.refine((count - len(path.at)) // left)
        attribution, change = path.integral(), path.logits[-1] - path.logits[0]
        missed = abs(attribution.sum() - change)
        return self.end(begun, attribution, change=change, completeness=missed / max(abs(change), 1e-12))


class Slopes(Protocol):
    """What tells logits and their gradients, as `Logits` does."""

    def gradients(self, examples: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return logits (n, answers), and gradients of their weighted sums by the input."""

    def one_hot(self, target: int) -> np.ndarray:
        """Return weights that pick one logit."""


class Path:
    """Points on the straight way from a baseline, with logit and gradient at each."""

    def __init__(self, logits: Slopes, start: np.ndarray, way: np.ndarray, target: int, count: int) -> None:
        self._ask, self._start, self._way, self._weights = logits, start, way, logits.one_hot(target)
        self.at = np.linspace(0, 1, count)
        self.logits, self._gradients = self._look(self.at)

    def refine(self, count: int) -> None:
        """Halve the `count` stretches that miss the change of the logit most."""
        if count < 1:
            return
        width, _, missed = self._stretches()
        worst = np.argsort(-missed)[:count]
        middles = self.at[worst] + width[worst] / 2
        logits, gradients = self._look(middles)
        order = np.argsort(np.append(self.at, middles))
        self.at = np.append(self.at, middles)[order]
        self.logits = np.append(self.logits, logits)[order]
        self._gradients = np.concatenate([self._gradients, gradients])[order]

    def integral(self) -> np.ndarray:
        """Return the mean gradient times the way."""
        width, early, _ = self._stretches()
        weights = np.append(width * early, 0) + np.append(0, width * (1 - early))
        integral: np.ndarray = np.tensordot(weights, self._gradients.astype(np.float64), 1) * self._way
        return integral

    def _look(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places = self._start + at.reshape(-1, *[1] * self._way.ndim) * self._way
        logits, gradients = self._ask.gradients(places, self._weights)
        return (logits @ self._weights).astype(np.float64), gradients

    def _stretches(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return of each stretch its width, the share with the gradient of its begin, and what it misses."""
        width, change = np.diff(self.at), np.diff(self.logits)
        slopes = (self._gradients * self._way).reshape(len(self.at), -1).sum(axis=1, dtype=np.float64)
        jump = slopes[:-1] - slopes[1:]
        is_flat = np.abs(jump) < 1e-12
        early = np.where(is_flat, 0.5, np.clip((change / width - slopes[1:]) / np.where(is_flat, 1, jump), 0, 1))
        return width, early, np.abs(change - width * (early * slopes[:-1] + (1 - early) * slopes[1:]))
