"""The same network with weights drawn by chance, which has learned nothing."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from scipy.stats import spearmanr


class Randomised:
    """Draws random weights for a copy of a network.

    The copy begins with its initialisers; each further draw shuffles the numbers of every kernel, which has the same
    distribution. Kernels that start at zero are drawn too.

    Source: Adebayo et al., Sanity checks for saliency maps, 2018, section 3 (independent randomisation of all layers).

    Args:
        network: Any functional model.
    """

    def __init__(self, network: keras.Model) -> None:
        self._twin = keras.models.clone_model(network)
        self._rng = np.random.default_rng(0)
        for variable in self._twin.trainable_variables + self._twin.non_trainable_variables:
            if len(variable.shape) > 1:
                deviation = np.sqrt(2 / max(1, np.prod(variable.shape[:-1])))  # He et al., 2015: keeps the size of maps
                variable.assign(self._rng.normal(0, deviation, variable.shape))

    def draws(self, count: int) -> Iterator[keras.Model]:
        """Yield the copy with `count` different random weights."""
        for _ in range(count):
            yield self._twin
            for variable in self._twin.variables:
                if len(variable.shape) > 1:
                    variable.assign(self._rng.permutation(variable.numpy().ravel()).reshape(variable.shape))


def likeness(one: np.ndarray, other: np.ndarray, *, with_sign: bool = False) -> float:
    """Return how alike two maps (h, w[, c]) or (n,) are: the rank correlation of their sizes, or of their values.

    It is -1 to 1. Channels are added up first. A map that is the same everywhere is like no other: 0.
    """
    maps = [map_.sum(axis=-1) if map_.ndim == 3 else map_ for map_ in (one, other)]
    first, second = (map_.ravel() if with_sign else np.abs(map_).ravel() for map_ in maps)
    return 0.0 if np.ptp(first) == 0 or np.ptp(second) == 0 else float(spearmanr(first, second).statistic)
