"""Integrated gradients: the gradients on the way from a baseline to the example."""

from __future__ import annotations

import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.logits import ANSWER, WITH_GRADIENT

POINTS = 64
MOST_POINTS = 1024


class IntegratedGradients(Attribution):
    """The mean gradient on a straight path, times the distance; it adds up to the change of the logit (completeness).

    The integral is a sum over the middles of equal parts.

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
            points: Points of the path, 1 to 1024; by default 64, or fewer for a large network.

        Returns:
            As `Attribution.end`, and `change`, the logit of the example minus that of the baseline, and `completeness`,
            the share of it by which the sum of the attributions misses it. `attribution` (h, w, c) is signed.

        Raises:
            ProbeError: `points` is out of range, or there is no such baseline.
        """
        count = self.logits.affordable(POINTS, WITH_GRADIENT) if points is None else points
        if not 1 <= count <= MOST_POINTS:
            raise ProbeError(
                "the number of points is out of range", expected=f"1 to {MOST_POINTS}", received=f"{count}"
            )
        begun = self.begin(example, target)
        start = baseline_of(self.network, example, baseline)
        way = begun.batch[0] - start
        middles = ((np.arange(count) + 0.5) / count).reshape(-1, *[1] * example.ndim)
        _, gradients = self.logits.gradients(start + middles * way, self.logits.one_hot(begun.target))
        attribution = way * gradients.mean(axis=0, dtype=np.float64)
        before, after = self.logits(np.stack([start, begun.batch[0]]))[:, begun.target]
        change = float(after) - float(before)
        missed = abs(float(attribution.sum()) - change)
        return self.end(begun, attribution, change=change, completeness=missed / max(abs(change), 1e-12))
