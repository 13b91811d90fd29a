"""Input x gradient: each number times its gradient."""

from __future__ import annotations

import numpy as np

from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.logits import ANSWER


class InputXGradient(Attribution):
    """The input times the gradient, a first guess at what taking each pixel away would change.

    Source: Shrikumar et al., Not just a black box: learning important features through propagating activation
    differences, 2016, section 2.
    """

    def __call__(self, example: np.ndarray, *, target: int = ANSWER) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example; of a row the distance from the average row counts.
            target: The class to explain; -1 for the network's answer.

        Returns:
            As `Attribution.end`; `attribution` (h, w, c) is signed.
        """
        begun = self.begin(example, target)
        _, gradients = self.logits.gradients(begun.batch, self.logits.one_hot(begun.target))
        return self.end(begun, (begun.batch[0] - baseline_of(self.network, example, BLACK)) * gradients[0])
