"""The fast gradient sign method: every pixel moves by the same small amount, in the direction that hurts most."""

from __future__ import annotations

import numpy as np

from core.explain.attacks.attack import ANY, Attack
from core.explain.attribution.attribution import Arrays


class Fgsm(Attack):
    """One step along the sign of the gradient, in all sizes.

    Source: Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples, 2015, section 3; with the
    gradient of the margin.
    """

    def __call__(self, example: np.ndarray, *, towards: int = ANY) -> Arrays:
        """Attack one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            towards: The class that the network shall answer; -1 for any other. For a number 0 is lower and 1 higher.

        Returns:
            As `Attack.end`, for each of `sizes` float32 (k,): the most that a number changes, in grey levels or in
            standard deviations of its column.

        Raises:
            ProbeError: The network cannot be pushed there.
        """
        start, own = self.begin(example, towards)
        weights = self.pushes(self.logits(start[None]), own, towards)
        _, gradients = self.logits.gradients(start[None], weights)
        changed = self.whole(start + self.ladder(start) * np.sign(gradients), example)
        return {**self.end(changed, start, own, towards), "sizes": self.sizes(start)}
