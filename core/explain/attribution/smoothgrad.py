"""SmoothGrad: the gradient, averaged over noisy copies of the example."""

from __future__ import annotations

import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import unit_of
from core.explain.attribution.logits import ANSWER, WITH_GRADIENT
from core.explain.attribution.saliency import strength

COPIES = 32
MOST_NOISE = 1.0


class SmoothGrad(Attribution):
    """The size of the mean gradient.

    Source: Smilkov et al., SmoothGrad: removing noise by adding noise, 2017, section 3.
    """

    def __call__(self, example: np.ndarray, *, target: int = ANSWER, noise: float = 0.15) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            target: The class to explain; -1 for the network's answer.
            noise: Standard deviation of the noise, as a share of the range of the image, or in those of the columns.

        Returns:
            As `Attribution.end`; `attribution` (h, w) is the largest of the channels, never negative.

        Raises:
            ProbeError: `noise` is out of range.
        """
        if not 0 <= noise <= MOST_NOISE:
            raise ProbeError("the noise is out of range", expected=f"0 to {MOST_NOISE:g}", received=f"{noise:g}")
        begun = self.begin(example, target)
        span = np.ptp(begun.batch) if example.ndim > 1 else unit_of(self.network, example)
        copies = self.logits.affordable(COPIES, WITH_GRADIENT)
        shaken = begun.batch + noise * span * np.random.default_rng(0).standard_normal((copies, *example.shape))
        _, gradients = self.logits.gradients(shaken, self.logits.one_hot(begun.target))
        return self.end(begun, strength(gradients.mean(axis=0)))
