"""Paths, planes, directions and arithmetic in a generator's latent space, and nearest-neighbour search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from core.analysis.vectors import check_rows, checked_rows, squared_distances
from core.errors import AnalysisError

Noise = Literal["gaussian", "uniform"]
Kind = Literal["lerp", "slerp"]

# A straight path between Gaussian vectors crosses the centre, where samples are improbable (White, 2016); a
# spherical path between uniform vectors may leave their cube.
PATHS: dict[Noise, Kind] = {"gaussian": "slerp", "uniform": "lerp"}
_OPPOSITE = 1e-6  # radians from a straight angle: rounding then hides the direction
_BLOCK = 4096  # rows of a bank searched at once: 26 MB of float64 for 28 × 28 pixels


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Interpolate linearly from a (t = 0) to b (t = 1).

    Args:
        a, b: Latent vectors (d,).
        t: (steps,).

    Returns:
        (steps, d), float32 if a and b are.

    Raises:
        AnalysisError: The vectors do not fit each other.
    """
    start, end = _vectors(a=a, b=b)
    return _as(_mix(t) @ np.stack([start, end]), a, b)


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Interpolate spherically from a (t = 0) to b (t = 1); vectors of equal length keep it.

    sin((1 - t)w) / sin w · a + sin(tw) / sin w · b, with the angle w between them. Between parallel vectors, or from
    the origin, the path is straight; between opposite ones it bends towards the axis of their smallest component.

    Args:
        a, b: Latent vectors (d,).
        t: (steps,).

    Returns:
        (steps, d), float32 if a and b are.

    Raises:
        AnalysisError: The vectors do not fit each other.

    Source: White, Sampling generative networks, 2016.
    """
    start, end = _vectors(a=a, b=b)
    weights = _mix(t)  # (steps, 2)
    lengths = [float(np.linalg.norm(v)) for v in (start, end)]
    if not all(lengths):
        return lerp(a, b, t)
    u, v = start / lengths[0], end / lengths[1]
    # Kahan's angle: exact for small angles and never NaN, unlike arccos(u · v).
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.pi - angle < _OPPOSITE and len(u) > 1:
        return _as(_half_turn(start, end, u, weights), a, b)
    # np.sinc(x) is sin(πx) / πx and 1 at 0, so parallel vectors need no special case.
    rounded = weights * np.sinc(weights * angle / np.pi) / np.sinc(angle / np.pi)
    return _as(rounded @ np.stack([start, end]), a, b)


def path(a: np.ndarray, b: np.ndarray, steps: int, kind: Kind) -> np.ndarray:
    """Interpolate from a to b in equal steps, both ends included.

    Args:
        a, b: Latent vectors (d,).
        steps: Number of vectors, at least 2.
        kind: "lerp" or "slerp"; `PATHS` gives the right one for each noise.

    Returns:
        (steps, d), float32 if a and b are.

    Raises:
        AnalysisError: `steps` is below 2, `kind` is unknown, or the vectors do not match.
    """
    walk = {"lerp": lerp, "slerp": slerp}.get(kind)
    if walk is None or steps < 2:
        expected, received = "lerp or slerp in at least 2 steps", f"{kind} in {steps}"
        raise AnalysisError("there is no such path", expected=expected, received=received)
    return walk(a, b, np.linspace(0, 1, steps))


def plane(
    origin: np.ndarray, a: np.ndarray, b: np.ndarray, side: int, low: float = 0.0, high: float = 1.0
) -> np.ndarray:
    """Return a square grid through three latent vectors: origin + u (a - origin) + v (b - origin).

    Args:
        origin, a, b: Latent vectors (d,). For a direction, pass origin + direction.
        side: Vectors per side, at least 2.
        low, high: Range of u and v; with 0 to 1 the vectors are corners, with -1 to 1 the origin is the centre.

    Returns:
        (side, side, d): rows by v towards b, columns by u towards a; float32 if the three are.

    Raises:
        AnalysisError: The vectors do not match, `side` is below 2, or `low` is not below `high`.
    """
    middle, along, across = _vectors(origin=origin, a=a, b=b)
    if side < 2 or not low < high:
        expected, received = "at least 2 per side, low below high", f"{side}, {low:g} and {high:g}"
        raise AnalysisError("there is no such grid", expected=expected, received=received)
    v, u = np.meshgrid(*[np.linspace(low, high, side)] * 2, indexing="ij")
    weights = np.stack([1 - u - v, u, v], axis=-1)  # (side, side, 3): exact at the three vectors
    return _as(weights @ np.stack([middle, along, across]), origin, a, b)


def strongest_directions(kernel: np.ndarray, count: int) -> np.ndarray:
    """Find the directions of the noise that a generator's first layer turns into the largest changes.

    Args:
        kernel: Weights of its first dense layer (latent, units): a change n of the noise changes the units by n kernel.
        count: Number of directions, at least 1; fewer if the noise has fewer numbers.

    Returns:
        float32 (count, latent): perpendicular directions of length 1, the strongest first. The largest component of
        each is positive, so that the same network always gives the same ones.

    Raises:
        AnalysisError: `kernel` is no matrix of finite numbers, or count is below 1.

    Source: Shen and Zhou, Closed-form factorization of latent semantics in GANs, CVPR 2021, section 3.2: the
    eigenvectors of kernel kernel^T, which are its left singular vectors.
    """
    weights = checked_rows("rows of the kernel", kernel, 1)
    if count < 1:
        raise AnalysisError("there are no such directions", expected="a count of at least 1", received=str(count))
    left, _, _ = np.linalg.svd(weights, full_matrices=False)
    found: np.ndarray = left.T[:count]
    signs = np.sign(found[np.arange(len(found)), np.abs(found).argmax(1)])
    directed: np.ndarray = (found * signs[:, None]).astype(np.float32)
    return directed


def arithmetic(plus: Sequence[np.ndarray], minus: Sequence[np.ndarray]) -> np.ndarray:
    """Add and subtract group means: smiling woman - neutral woman + neutral man.

    Args:
        plus, minus: Groups of latent vectors (n, d), averaged because single vectors are too noisy; `plus` must not
            be empty.

    Returns:
        float64 (d,).

    Raises:
        AnalysisError: `plus` is empty, or the groups do not match.

    Source: Radford et al., Unsupervised representation learning with deep convolutional GANs, 2016, section 6.3.2.
    """
    if not plus:
        raise AnalysisError("there is nothing to add", expected="at least one group")
    columns = np.shape(plus[0])[-1] if np.ndim(plus[0]) else None
    added, taken = (
        sum((checked_rows("vectors of a group", group, 1, columns).mean(0) for group in groups), np.zeros(()))
        for groups in (plus, minus)
    )
    return np.asarray(added - taken)


def nearest(query: np.ndarray, bank: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the nearest rows of a bank, such as the real images nearest to generated ones.

    Args:
        query: (q, d).
        bank: (n, d), any numeric type; converted to float64 block by block.
        k: Number of neighbours, at least 1; all if there are fewer.

    Returns:
        int64 (q, k) rows of the bank, the nearest first, and their Euclidean distances, float64 (q, k).

    Raises:
        AnalysisError: The shapes do not match, or k is below 1.
    """
    bank = check_rows("rows of the bank", bank)
    query = checked_rows("rows to look for", query, 1, bank.shape[1])
    if k < 1:
        raise AnalysisError("there is no such neighbour", expected="k of at least 1", received=str(k))
    found, distances = np.zeros((len(query), 0), np.int64), np.zeros((len(query), 0))
    for start in range(0, len(bank), _BLOCK):
        block = bank[start : start + _BLOCK].astype(np.float64)
        apart = np.concatenate([part for _, part in squared_distances(query, block)])
        rows = np.broadcast_to(np.arange(start, start + len(block)), apart.shape)
        found, distances = _first(np.hstack([found, rows]), np.hstack([distances, apart]), k)
    return found, np.sqrt(distances)


def _first(rows: np.ndarray, apart: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k nearest per line, the nearest first, ties by row."""
    if apart.shape[1] > k:
        chosen = np.sort(np.argpartition(apart, k - 1, axis=1)[:, :k], axis=1)
        rows, apart = np.take_along_axis(rows, chosen, 1), np.take_along_axis(apart, chosen, 1)
    order = np.argsort(apart, axis=1, kind="stable")
    return np.take_along_axis(rows, order, 1), np.take_along_axis(apart, order, 1)


def _half_turn(start: np.ndarray, end: np.ndarray, u: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Interpolate to the opposite `end` through a perpendicular vector; u is the direction of `start`."""
    across = np.zeros_like(u)
    across[np.abs(u).argmin()] = 1
    across -= (across @ u) * u
    across /= np.linalg.norm(across)
    t = weights[:, 1]
    length = weights @ [np.linalg.norm(start), np.linalg.norm(end)]
    way: np.ndarray = length[:, None] * (np.cos(np.pi * t)[:, None] * u + np.sin(np.pi * t)[:, None] * across)
    way[t == 0], way[t == 1] = start, end
    return way


def _vectors(**vectors: np.ndarray) -> list[np.ndarray]:
    """Return vectors of equal length as float64."""
    checked: list[np.ndarray] = []
    for name, vector in vectors.items():
        if np.ndim(vector) != 1:
            raise AnalysisError(f"{name} is not a vector", expected="(d,)", received=str(np.shape(vector)))
        checked.append(checked_rows(f"numbers of {name}", vector[None], 1, len(checked[0]) if checked else None)[0])
    return checked


def _mix(t: np.ndarray) -> np.ndarray:
    """Return the weights of start and end, (steps, 2)."""
    t = checked_rows("steps", np.reshape(t, (-1, 1)), 0)
    return np.hstack([1 - t, t])


def _as(values: np.ndarray, *vectors: np.ndarray) -> np.ndarray:
    return values.astype(np.result_type(np.float32, *vectors))
