"""Occlusion: how much the logit falls when a patch is covered."""

from __future__ import annotations

import math
from itertools import product

import numpy as np

from core.errors import ProbeError
from core.explain.attribution.attribution import Arrays, Attribution
from core.explain.attribution.baselines import BLACK, baseline_of
from core.explain.attribution.logits import ANSWER, AT_ONCE

SHARE = 9  # an image's shorter side in patches
SMALLEST = 3  # side of a patch, unless it is given
POSITIONS = 1000
NOTHING = 1e-6  # of the largest fall: rounding


class Occlusion(Attribution):
    """The fall of the logit under a patch that slides over the image, or when a number of a row becomes average.

    A pixel gets the mean of the patches that cover it, and exactly 0 if one of them changes nothing, because then this
    pixel cannot matter.

    Source: Zeiler and Fergus, Visualizing and understanding convolutional networks, 2014, section 4.2; the mean of
    overlapping patches as in Ancona et al., Towards better understanding of gradient-based attribution methods, 2018.
    """

    def __call__(self, example: np.ndarray, *, target: int = ANSWER, baseline: str = BLACK, size: int = 0) -> Arrays:
        """Explain one example: uint8 (h, w, c) or float32 (n,).

        Args:
            example: The example.
            target: The class to explain; -1 for the network's answer.
            baseline: What covers: `black`, `white` or `blurred`; for a row always the average row.
            size: Side of the patch in pixels; 0 for about a ninth of the image's shorter side.

        Returns:
            As `Attribution.end`; `attribution` (h, w) is signed: what is positive spoke for the class.

        Raises:
            ProbeError: `size` is larger than the image, or there is no such baseline.
        """
        begun = self.begin(example, target)
        cover = baseline_of(self.network, example, baseline)
        patches = self._patches(example.shape, size)
        falls = np.concatenate([self._falls(begun.batch[0], cover, part, begun.target) for part in _parts(patches)])
        return self.end(begun, _spread(patches, falls, example.shape[:2]))

    def _patches(self, shape: tuple[int, ...], size: int) -> list[tuple[slice, ...]]:
        if len(shape) == 1:
            return [(slice(column, column + 1),) for column in range(shape[0])]
        shorter = min(shape[:2])
        if not 0 <= size <= shorter:
            raise ProbeError("the patch is too large", expected=f"a side of 1 to {shorter} pixels", received=f"{size}")
        side = size or min(shorter, max(SMALLEST, shorter // SHARE))
        stride = max(1, math.ceil(math.sqrt(math.prod(shape[:2]) / self.logits.affordable(POSITIONS))))
        rows, columns = (_starts(length, side, min(stride, side)) for length in shape[:2])
        return [(slice(y, y + side), slice(x, x + side)) for y, x in product(rows, columns)]

    def _falls(
        self, example: np.ndarray, cover: np.ndarray, patches: list[tuple[slice, ...]], target: int
    ) -> np.ndarray:
        covered = np.repeat(example[None], len(patches) + 1, axis=0)  # the last one is whole
        for copy, patch in zip(covered, patches, strict=False):
            copy[patch] = cover[patch]
        logits = self.logits(covered)[:, target]
        falls: np.ndarray = logits[-1] - logits[:-1]
        falls[[np.array_equal(copy, example) for copy in covered[:-1]]] = 0  # not even by rounding
        return falls


def _parts(patches: list[tuple[slice, ...]]) -> list[list[tuple[slice, ...]]]:
    return [patches[start : start + AT_ONCE - 1] for start in range(0, len(patches), AT_ONCE - 1)]


def _starts(length: int, side: int, stride: int) -> list[int]:
    """Return the first pixels of patches that cover a side of the image."""
    return sorted({*range(0, length - side + 1, stride), length - side})


def _spread(patches: list[tuple[slice, ...]], falls: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return for each pixel the mean fall of its patches, or 0 if one of them changed nothing."""
    total, count, is_nothing = np.zeros(shape), np.zeros(shape), np.zeros(shape, bool)
    least = NOTHING * np.abs(falls).max()
    for patch, fall in zip(patches, falls, strict=True):
        total[patch] += fall
        count[patch] += 1
        is_nothing[patch] |= abs(fall) <= least
    return np.where(is_nothing, 0, total / count)
