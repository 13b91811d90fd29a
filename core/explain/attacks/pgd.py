"""Projected gradient descent: many small steps, none further away than allowed."""

from __future__ import annotations

import numpy as np

from core.explain.attacks.attack import ANY, Attack
from core.explain.attribution.attribution import Arrays
from core.explain.attribution.logits import WITH_GRADIENT

STEPS, FEWEST_STEPS = 20, 5
REACH = 2.5  # all steps together, in sizes: enough to reach the rim from everywhere and to walk along it


class Pgd(Attack):
    """Steps along the sign of the gradient from a random start, for all sizes at once.

    Source: Madry et al., Towards deep learning models resistant to adversarial attacks, 2018, section 2.1; with the
    gradient of the margin.
    """

    def __call__(self, example: np.ndarray, *, towards: int = ANY) -> Arrays:
        """Attack one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            towards: The class that the network shall answer; -1 for any other. For a number 0 is lower and 1 higher.

        Returns:
            As `Fgsm`; `steps` is how many were made, 20 or fewer for a large network.

        Raises:
            ProbeError: The network cannot be pushed there.
        """
        start, own = self.begin(example, towards)
        room = self.ladder(start)
        steps = self.logits.affordable(STEPS, WITH_GRADIENT * len(room), FEWEST_STEPS)
        low, high = np.maximum(start - room, self.limits(start)[0]), np.minimum(start + room, self.limits(start)[1])
        now = np.clip(start + room * np.random.default_rng(0).uniform(-1, 1, room.shape), low, high)
        logits = self.logits(now)
        for _ in range(steps):
            logits, gradients = self.logits.gradients(now, self.pushes(logits, own, towards))
            now = np.clip(now + REACH / steps * room * np.sign(gradients), low, high)
        changed = self.whole(now, example)
        return {**self.end(changed, start, own, towards), "sizes": self.sizes(start), "steps": np.array(steps)}
