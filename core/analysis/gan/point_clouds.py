"""Compare generated points in the plane with real ones: densities and modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.gan.quality import LEAST, Coverage
from core.analysis.vectors import checked_rows, squared_distances
from core.errors import AnalysisError

BINS = 20
# Added to the share of each cell, as in GAN Lab: an empty cell would make the divergence infinite. We then normalise,
# so that the shares sum to 1 and equal clouds have divergence 0.
SMOOTHING = 1e-4

Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Divergences:
    """Divergences of the generated from the real density, in nats.

    Args:
        kl: Kullback-Leibler divergence KL(real, generated); large if real points have no generated points nearby.
        js: Jensen-Shannon divergence, 0 to ln 2 = 0.693.
    """

    kl: float
    js: float


@dataclass(frozen=True)
class Modes:
    """The modes that a cloud covers.

    Args:
        counts: Points within the radius of each mode, each assigned to its nearest mode.
        near: Share of the points within the radius of a mode.
    """

    counts: tuple[int, ...]
    near: float

    @property
    def covered(self) -> int:
        """Number of modes with at least one point."""
        return sum(count > 0 for count in self.counts)


def grid_divergences(real: np.ndarray, fake: np.ndarray, bins: int = BINS, bounds: Bounds | None = None) -> Divergences:
    """Compare the densities of two clouds on a grid of bins × bins cells, smoothed by 0.0001.

    Args:
        real, fake: Points (n, 2) and (m, 2), at least one each.
        bins: Cells per side, at least 1.
        bounds: Lowest and highest x, lowest and highest y; those of the real points by default. A point outside
            counts for the nearest cell, so that leaving the grid is no advantage.

    Raises:
        AnalysisError: The points have the wrong shape or are not finite, or the grid is invalid.

    Source: Kahng et al., GAN Lab, 2018; its `ganlab_evaluators.ts` counts in bits and does not divide by the sum.
    """
    real, fake = (
        checked_rows(f"{what} points", points, 1, 2) for what, points in (("real", real), ("generated", fake))
    )
    edges = _edges(real, bins, bounds)
    p, q = (_density(points, edges, bins) for points in (real, fake))
    middle = (p + q) / 2
    return Divergences(_divergence(p, q), (_divergence(p, middle) + _divergence(q, middle)) / 2)


def modes_covered(points: np.ndarray, centres: np.ndarray, radius: float) -> Modes:
    """Count the points near each mode.

    Args:
        points: (n, d), at least one.
        centres: Centres of the modes, (modes, d), at least one.
        radius: Above 0; usually three standard deviations of a mode.

    Raises:
        AnalysisError: Points and centres do not match, or the radius is not above 0.

    Source: Srivastava et al., VEEGAN, 2017, section 5.1: a mode is found if it is the nearest mode of a point within
        three standard deviations.
    """
    centres = checked_rows("centres", centres)
    points = checked_rows("points", points, 1, centres.shape[1])
    if not radius > 0:
        raise AnalysisError("there is no such radius", expected="a number above 0", received=f"{radius:g}")
    counts = np.zeros(len(centres), np.int64)
    for _, apart in squared_distances(points, centres):
        nearest = apart.argmin(1)[apart.min(1) <= radius**2]
        counts += np.bincount(nearest, minlength=len(centres))
    return Modes(tuple(counts.tolist()), float(counts.sum() / len(points)))


def cloud_coverage(modes: Modes) -> Coverage:
    """Return the coverage of clouds, like a classifier's of classes; shares count points within a cloud.

    A cloud with less than a fifth of its fair share counts as missing.
    """
    counts = np.array(modes.counts, float)
    shares = counts / max(counts.sum(), 1.0)
    missing = np.flatnonzero(shares < LEAST / len(shares))
    unevenness = float(np.abs(shares - 1 / len(shares)).sum() / 2)
    covered = len(shares) - len(missing)
    return Coverage(tuple(shares.tolist()), covered, tuple(missing.tolist()), modes.near, unevenness)


def _edges(real: np.ndarray, bins: int, bounds: Bounds | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the inner edges of the cells along x and along y, (bins - 1,) each."""
    low, high = np.array(bounds, float).T if bounds is not None else (real.min(0), real.max(0))
    if bins < 1 or not np.isfinite([low, high]).all() or (bounds is not None and not (low < high).all()):
        expected, received = "at least 1 bin and each low bound below its high one", f"{bins} and {bounds}"
        raise AnalysisError("there is no such grid", expected=expected, received=received)
    x, y = np.linspace(low, high, bins + 1)[1:-1].T
    return x, y


def _density(points: np.ndarray, edges: tuple[np.ndarray, np.ndarray], bins: int) -> np.ndarray:
    """Return the smoothed share of the points in each cell, (bins²,)."""
    x, y = (np.searchsorted(edge, values, side="right") for edge, values in zip(edges, points.T, strict=True))
    shares = np.bincount(x * bins + y, minlength=bins**2) / len(points) + SMOOTHING
    density: np.ndarray = shares / shares.sum()
    return density


def _divergence(p: np.ndarray, q: np.ndarray) -> float:
    return max(float((p * np.log(p / q)).sum()), 0.0)  # rounding may leave -1e-17
