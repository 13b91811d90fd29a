"""Distances between generated and real samples in a classifier's features, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.analysis.vectors import checked_rows, squared_distances
from core.errors import AnalysisError

NEIGHBOURS = 3  # as in the paper of `precision_recall`
SUBSETS, SUBSET_SIZE = 20, 500  # 20 subsets of 500 take 0.1 s with 64 features
ROUNDS, LEVEL = 100, 0.95


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the Fréchet distance of Gaussians fitted to features; 0 if means and covariances agree.

    |m - m'|² + tr(C + C' - 2 (√C C' √C)^½). It falls with the number of rows: compare only distances of equally many
    rows.

    Args:
        real, fake: Features (n, d) and (m, d), at least 2 rows each.

    Raises:
        AnalysisError: The shapes do not match, or there are too few rows.

    Source: Heusel et al., GANs trained by a two time-scale update rule converge to a local Nash equilibrium, 2017,
        equation 6, with the classifier's features instead of Inception's.
    """
    real, fake = _pair(real, fake, 2)
    mean, root = _gaussian(real)
    other_mean, other_root = _gaussian(fake)
    # With C = RᵀR and C' = SᵀS, √C C' √C has the eigenvalues of (RSᵀ)(RSᵀ)ᵀ: the squared singular values of RSᵀ.
    shared = np.linalg.svd(root @ other_root.T, compute_uv=False).sum()
    distance = ((mean - other_mean) ** 2).sum() + (root**2).sum() + (other_root**2).sum() - 2 * shared
    return max(float(distance), 0.0)  # rounding may leave -1e-13


def kernel_distance(
    real: np.ndarray, fake: np.ndarray, *, seed: int = 0, subsets: int = SUBSETS, size: int = SUBSET_SIZE
) -> float:
    """Return the squared maximum mean discrepancy with the kernel (xᵀy / d + 1)³.

    Unlike the Fréchet distance it does not depend on the number of rows. It is unbiased, so it may be slightly below 0
    for equal distributions.

    Args:
        real, fake: Features (n, d) and (m, d), at least 2 rows each.
        seed: Seed of the subsets.
        subsets, size: Number of random subsets to average over, and rows in each; unused if all rows fit in one.

        Raises:
            AnalysisError: The shapes do not match, or there are too few rows or subsets.

    Source: Bińkowski et al., Demystifying MMD GANs, 2018, section 4.
    """
    real, fake = _pair(real, fake, 2)
    if subsets < 1 or size < 2:
        raise AnalysisError("the subsets are too few or too small", expected="at least 1 of at least 2 rows")
    if max(len(real), len(fake)) <= size:
        return _discrepancy(real, fake)
    generator = np.random.default_rng(seed)
    parts = (tuple(_some(rows, size, generator) for rows in (real, fake)) for _ in range(subsets))
    return float(np.mean([_discrepancy(*part) for part in parts]))


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = NEIGHBOURS) -> tuple[float, float]:
    """Return the share of fakes that look real (precision), and of real images near fakes (recall).

    A set's support is the union of balls around its rows, each reaching to the k-th nearest other row. Unrealistic
    samples lower precision, missing ones lower recall.

    Args:
        real, fake: Features (n, d) and (m, d), more than k rows each.
        k: At least 1.

    Raises:
        AnalysisError: The shapes do not match, there are too few rows, or k is below 1.

    Source: Kynkäänniemi et al., Improved precision and recall metric for assessing generative models, 2019, section 2.
    """
    if k < 1:
        raise AnalysisError("there is no such neighbour", expected="k of at least 1", received=str(k))
    real, fake = _pair(real, fake, k + 1)
    return _share_within(fake, real, _radii(real, k)), _share_within(real, fake, _radii(fake, k))


def bootstrap_interval(
    statistic: Callable[..., float],
    arrays: Sequence[np.ndarray],
    *,
    seed: int = 0,
    rounds: int = ROUNDS,
    level: float = LEVEL,
    centred: bool = False,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a statistic.

    Args:
        statistic: Function of one array per entry of `arrays`.
        arrays: Arrays with at least one row, resampled independently.
        seed: Seed of the draws.
        rounds: Number of resamples, at least 2.
        level: Share of the resamples within the interval, between 0 and 1.
        centred: Whether to centre the interval on the statistic. Distances need this: repeated rows make sets look
            further apart, so the plain interval lies above the distance.

    Raises:
        AnalysisError: There are no rows, too few rounds, or the level is out of range.

    Source: Efron and Tibshirani, An introduction to the bootstrap, 1993, chapter 13.
    """
    if not arrays or any(not len(array) for array in arrays):
        raise AnalysisError("there are no rows to draw from", expected="at least one in each array")
    if rounds < 2 or not 0 < level < 1:
        expected, received = "at least 2 rounds and a level between 0 and 1", f"{rounds} and {level:g}"
        raise AnalysisError("there is no such interval", expected=expected, received=received)
    generator = np.random.default_rng(seed)
    draws = [statistic(*(a[generator.integers(0, len(a), len(a))] for a in arrays)) for _ in range(rounds)]
    low, middle, high = np.quantile(draws, [(1 - level) / 2, 0.5, (1 + level) / 2])
    moved = statistic(*arrays) - middle if centred else 0.0
    return float(low + moved), float(high + moved)


def _pair(real: np.ndarray, fake: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
    real = checked_rows("real features", real, least)
    return real, checked_rows("generated features", fake, least, real.shape[1])


def _gaussian(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (d,) and R (d, d), where RᵀR is the covariance."""
    mean = rows.mean(0)
    centred = rows - mean
    # A QR decomposition gives R too, but takes 4 times as long, or 100 times on a busy machine.
    variances, axes = np.linalg.eigh(centred.T @ centred / (len(rows) - 1))
    return mean, (axes * np.sqrt(np.maximum(variances, 0))).T


def _some(rows: np.ndarray, size: int, generator: np.random.Generator) -> np.ndarray:
    return generator.choice(rows, min(size, len(rows)), replace=False)


def _discrepancy(real: np.ndarray, fake: np.ndarray) -> float:
    alike = _mean_of_others(_kernel(real, real)) + _mean_of_others(_kernel(fake, fake))
    return alike - 2 * float(_kernel(real, fake).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    base = x @ y.T / x.shape[1] + 1
    cubed: np.ndarray = base * base * base  # 100 times faster than base**3
    return cubed


def _mean_of_others(kernel: np.ndarray) -> float:
    """Return the mean without the diagonal, which would bias it."""
    return float((kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1)))


def _radii(rows: np.ndarray, k: int) -> np.ndarray:
    """Return the squared distance of each row to its k-th nearest other row, (n,)."""
    # Index 0 is the row itself.
    return np.concatenate([np.partition(apart, k, axis=1)[:, k] for _, apart in squared_distances(rows, rows)])


def _share_within(asked: np.ndarray, base: np.ndarray, radii: np.ndarray) -> float:
    """Return the share of `asked` in at least one ball around a row of `base`."""
    within = [(apart <= radii).any(1) for _, apart in squared_distances(asked, base)]
    return float(np.concatenate(within).mean())
