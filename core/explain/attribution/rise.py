"""RISE: random parts of the image are shown, and those that raise the logit are found by averaging."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.logits import ANSWER, AT_ONCE

MASKS, MOST_MASKS = 1000, 8000
CELLS = 7  # of a mask, on each side
SHOWN = 0.5  # share of cells


class Rise(Attribution):
    """The mean logit of the masks that show a pixel, minus the mean of all: 0 for a pixel that does not matter.

    Source: Petsiuk, Das and Saenko, RISE: randomized input sampling for explanation of black-box models, 2018, sections
    3.1 and 3.2; with logits instead of probabilities, and with the mean taken away.
    """

    def __call__(
        self, example: np.ndarray, *, target: int = ANSWER, baseline: str = BLACK, masks: int | None = None
    ) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            target: The class to explain; -1 for the network's answer.
            baseline: What stands in the hidden parts: `black`, `white` or `blurred`; for a row the average row.
            masks: Number of random masks, 16 to 8,000; by default 1,000, or fewer for a large network.

        Returns:
            As `Attribution.end`, and `masks`, how many were used; `attribution` (h, w) is signed.

        Raises:
            ProbeError: `masks` is out of range, or there is no such baseline.
        """
        count = self.logits.affordable(MASKS) if masks is None else masks
        if not 16 <= count <= MOST_MASKS:
            raise ProbeError("the number of masks is out of range", expected=f"16 to {MOST_MASKS}", received=f"{count}")
        begun = self.begin(example, target)
        hidden, rng = baseline_of(self.network, example, baseline), np.random.default_rng(0)
        places, scores, shown = example.shape[:2], np.zeros(0), np.zeros(example.shape[:2])
        sums = np.zeros(example.shape[:2])
        for start in range(0, count, AT_ONCE):
            drawn = draw_masks(rng, min(AT_ONCE, count - start), places)
            wide = drawn[..., None] if example.ndim == 3 else drawn
            logits = self.logits(hidden + wide * (begun.batch - hidden))[:, begun.target].astype(np.float64)
            sums, shown = sums + np.tensordot(logits, drawn, 1), shown + drawn.sum(axis=0)
            scores = np.append(scores, logits)
        return self.end(begun, (sums - scores.mean() * shown) / np.maximum(shown, 1e-6), masks=count)


def draw_masks(rng: np.random.Generator, count: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return random masks, float32 (count, *shape), 0 to 1: smooth for images, 0 or 1 for the numbers of a row."""
    if len(shape) == 1:
        return (rng.random((count, *shape)) < SHOWN).astype(np.float32)
    cells = rng.random((count, CELLS + 1, CELLS + 1, 1)) < SHOWN
    steps = [math.ceil(length / CELLS) for length in shape]
    wide = tf.image.resize(cells.astype(np.float32), [(CELLS + 1) * step for step in steps]).numpy()[..., 0]
    corners = rng.integers(0, steps, (count, 2))
    return np.stack([mask[y : y + shape[0], x : x + shape[1]] for mask, (y, x) in zip(wide, corners, strict=True)])
