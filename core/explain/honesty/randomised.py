"""The same network with weights drawn by chance, which has learned nothing."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from scipy.stats import spearmanr


class Randomised:
    """Draws random weights for a copy of a network.

    Kernels are drawn as He initialisation does, whatever the network began with, and each draw shuffles their numbers,
    which has the same distribution; everything else is as in a new network.

    Source: Adebayo et al., Sanity checks for saliency maps, 2018, section 3 (independent randomisation of all layers).

    Args:
        network: Any functional model.
    """

    def __init__(self, network: keras.Model) -> None:
        self._twin, rng = keras.models.clone_model(network), np.random.default_rng(0)
        self._kernels = [variable for variable in self._twin.variables if len(variable.shape) > 1]
        for kernel in self._kernels:
            deviation = np.sqrt(2 / np.prod(kernel.shape[:-1]))  # He et al., 2015: keeps the size of maps
            kernel.assign(rng.normal(0, deviation, kernel.shape))
        self._first = [kernel.numpy() for kernel in self._kernels]

    def draws(self, count: int) -> Iterator[keras.Model]:
        """Yield the copy with `count` different random weights, each time the same ones."""
        rng = np.random.default_rng(1)
        for _ in range(count):
            for kernel, first in zip(self._kernels, self._first, strict=True):
                kernel.assign(rng.permutation(first.ravel()).reshape(first.shape))
            yield self._twin


def likeness(one: np.ndarray, other: np.ndarray, *, with_sign: bool = False) -> float:
    """Return how alike two maps (h, w[, c]) or (n,) are: the rank correlation of their sizes, or of their values.

    It is -1 to 1. Channels are added up first. A map that is the same everywhere is like no other: 0.
    """
    maps = [map_.sum(axis=-1) if map_.ndim == 3 else map_ for map_ in (one, other)]
    first, second = (map_.ravel() if with_sign else np.abs(map_).ravel() for map_ in maps)
    return 0.0 if np.ptp(first) == 0 or np.ptp(second) == 0 else float(spearmanr(first, second).statistic)
