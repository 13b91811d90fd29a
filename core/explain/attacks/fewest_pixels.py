"""The fewest pixels that change the answer."""

from __future__ import annotations

import math

import numpy as np

from core.explain.attacks.attack import ANY, Attack
from core.explain.attribution.attribution import Arrays
from core.explain.attribution.logits import WITH_GRADIENT

MOST = 60  # pixels
CANDIDATES = 24  # that are tried in each round
FEWEST_ROUNDS = 6


class FewestPixels(Attack):
    """Greedy: of the pixels with the most promising gradient, the one that really helps most is set to an extreme.

    Then each pixel that turns out to be unnecessary is set back. There may be a smaller set; this is an upper bound.

    Source: Papernot et al., The limitations of deep learning in adversarial settings, 2016, section III (saliency map
    attack); with one pixel at a time, and with the candidates tried out.
    """

    def __call__(self, example: np.ndarray, *, towards: int = ANY) -> Arrays:
        """Attack one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            towards: The class that the network shall answer; -1 for any other. For a number 0 is lower and 1 higher.

        Returns:
            As `Attack.end`, for one changed example, and `pixels` int64 (m, 2), rows and columns of what was changed;
            of a row of numbers (m, 1).

        Raises:
            ProbeError: The network cannot be pushed there.
        """
        start, own = self.begin(example, towards)
        most = min(MOST, math.prod(start.shape[:2]))
        rounds = self.logits.affordable(most, CANDIDATES + WITH_GRADIENT, FEWEST_ROUNDS)
        at_once = math.ceil(most / rounds)
        now, pixels = start.copy(), list[tuple[int, ...]]()
        while len(pixels) < most and not self._is_there(now, own, towards):
            now, pixels = self._add(now, pixels, own, towards, min(at_once, most - len(pixels)))
        if self._is_there(now, own, towards):
            now, pixels = self._without_idle(start, now, pixels, own, towards)
        changed = self.whole(now[None], example)
        return {
            **self.end(changed, start, own, towards),
            "pixels": np.array(pixels).reshape(-1, start[..., :1].ndim - 1 or 1),
        }

    def _add(
        self, now: np.ndarray, pixels: list[tuple[int, ...]], own: int, towards: int, count: int
    ) -> tuple[np.ndarray, list[tuple[int, ...]]]:
        """Set the best `count` pixels to an extreme."""
        weights = self.pushes(self.logits(now[None]), own, towards)
        _, gradients = self.logits.gradients(now[None], weights)
        low, high = self.limits(now)
        extreme = np.where(gradients[0] > 0, high, low)
        gain = gradients[0] * (extreme - now)
        gain = gain.sum(axis=-1) if now.ndim > 1 else gain
        gain[tuple(np.transpose(pixels))] = -np.inf if pixels else gain[()]
        order = np.argsort(-gain, axis=None)[:CANDIDATES]
        candidates = [place for place in zip(*np.unravel_index(order, gain.shape), strict=True) if place not in pixels]
        tried = np.repeat(now[None], len(candidates), axis=0)
        for copy, place in zip(tried, candidates, strict=True):
            copy[place] = extreme[place]
        logits = self.logits(tried)
        margins = (self.pushes(logits, own, towards) * logits).sum(axis=1)
        best = [candidates[place] for place in np.argsort(-margins)[:count]]
        after = now.copy()
        for place in best:
            after[place] = extreme[place]
        return after, [*pixels, *best]

    def _without_idle(
        self, start: np.ndarray, now: np.ndarray, pixels: list[tuple[int, ...]], own: int, towards: int
    ) -> tuple[np.ndarray, list[tuple[int, ...]]]:
        """Set back each pixel without which the answer is changed too."""
        for place in list(pixels):
            without = now.copy()
            without[place] = start[place]
            if len(pixels) > 1 and self._is_there(without, own, towards):
                now, pixels = without, [other for other in pixels if other != place]
        return now, pixels

    def _is_there(self, now: np.ndarray, own: int, towards: int) -> bool:
        return bool(self.flips(self.logits(now[None]), own, towards)[0])
