"""The plane in which most of a training's way through its weights lies.

Source: Li et al., Visualizing the loss landscape of neural nets, 2018, section 7: principal components of the weights
at saved moments, seen from the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_SHARE = 0.3  # of the longer side of the way that the shorter one is drawn over
LEAST_OF_TWO = 3.0  # single weights matter when they change by about as much as they are large
ROOM = 0.35  # of its length, beyond each end


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through the weights of a network.

    Args:
        centre: A point of it, float64 (weights,).
        along: Two directions at right angles, of length 1, float64 (2, weights).
        places: Where each moment is in it, float64 (moments, 2), from the centre.
        share: How much of the way's variance it holds, 0 to 1.
        least: Length of the shortest way that is not enlarged.
    """

    centre: np.ndarray
    along: np.ndarray
    places: np.ndarray
    share: float
    least: float = 1e-3

    def reach(self) -> np.ndarray:
        """Return the bounds to look at, float64 (2, 2): low and high of each direction."""
        low, high = self.places.min(0), self.places.max(0)
        longest = max(float((high - low).max()), self.least)
        half = np.maximum(high - low, LEAST_SHARE * longest) / 2 + ROOM * longest
        middle = (low + high) / 2
        return np.stack([middle - half, middle + half], 1)


def plane_of(weights: np.ndarray) -> Plane:
    """Return the plane that holds most of a way.

    Args:
        weights: All weights at each moment, (moments, weights), at least two of them different.
    """
    centre = weights[-1].astype(np.float64)
    apart = weights.astype(np.float64) - centre
    _, sizes, rows = np.linalg.svd(apart, full_matrices=False)
    along = np.zeros((2, len(centre)))
    along[: min(2, len(rows))] = rows[:2]
    if len(rows) < 2 or sizes[1] <= 1e-9 * sizes[0]:  # a straight way: any direction across it
        along[1] = _across(along[0])
    held, total = np.square(sizes[:2]).sum(), np.square(sizes).sum()
    return Plane(centre, along, apart @ along.T, float(held / total) if total else 1.0)


def plane_through(weights: np.ndarray, first: int, second: int, at: int) -> Plane:
    """Return the plane of two weights, with all others as they are at one moment.

    Args:
        weights: All weights at each moment, (moments, weights).
        first, second: Two different weights.
        at: The moment.
    """
    centre = weights[at].astype(np.float64)
    along = np.zeros((2, len(centre)))
    along[0, first] = along[1, second] = 1
    apart = weights.astype(np.float64) - centre
    total = np.square(apart).sum()
    places = apart @ along.T
    share = float(np.square(places).sum() / total) if total else 1.0
    return Plane(centre, along, places, share, LEAST_OF_TWO)


def _across(direction: np.ndarray) -> np.ndarray:
    other = np.random.default_rng(0).normal(size=len(direction))
    other -= (other @ direction) * direction
    size = np.linalg.norm(other)
    return other / size if size else other
