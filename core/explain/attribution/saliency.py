"""Gradient saliency: how strongly the logit reacts to each pixel."""

from __future__ import annotations

import numpy as np

from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.logits import ANSWER


class Saliency(Attribution):
    """The size of the gradient.

    Source: Simonyan, Vedaldi and Zisserman, Deep inside convolutional networks, 2014, section 3.1.
    """

    def __call__(self, example: np.ndarray, *, target: int = ANSWER) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            target: The class to explain; -1 for the network's answer.

        Returns:
            As `Attribution.end`; `attribution` (h, w) is the largest of the channels, never negative.
        """
        begun = self.begin(example, target)
        _, gradients = self.logits.gradients(begun.batch, self.logits.one_hot(begun.target))
        return self.end(begun, strength(gradients[0]))


def strength(gradient: np.ndarray) -> np.ndarray:
    """Return the size of a gradient (h, w, c) as (h, w), the largest of the channels; that of (n,) as (n,)."""
    size: np.ndarray = np.abs(gradient)
    return size.max(axis=-1) if size.ndim == 3 else size
