"""Deletion and insertion: does the answer hang on what an attribution marks?"""

from __future__ import annotations

import numpy as np

from core.explain.attribution.logits import Logits

POINTS = 21  # of a curve: from nothing to everything in steps of 5 %
ORDERS = 3  # random ones


def curves(
    logits: Logits, example: np.ndarray, baseline: np.ndarray, attribution: np.ndarray, target: int
) -> dict[str, np.ndarray]:
    """Take the parts of an example away, or add them to the baseline, in the order of an attribution.

    Source: Petsiuk, Das and Saenko, RISE, 2018, section 4.1.

    Args:
        logits: Of the network.
        example, baseline: float32 (h, w, c) or (n,).
        attribution: (h, w[, c]) or (n,): the highest goes first.
        target: The class.

    Returns:
        `shares` float32 (points,), of the pixels; `deletion` and `insertion` float32 (points,), the answer for the
        class; `deletion/random` and `insertion/random` (points,), the mean of random orders.
    """
    count = logits.affordable(POINTS, 2 * (1 + ORDERS), 6)
    shares = np.linspace(0, 1, count)
    first = attribution.sum(axis=-1) if attribution.ndim == 3 else attribution
    rng = np.random.default_rng(0)
    orders = [np.argsort(-first, axis=None, kind="stable"), *(rng.permutation(first.size) for _ in range(ORDERS))]
    shown = [_masks(order, shares, first.shape) for order in orders]  # what is taken away, or added
    wide = np.concatenate(shown)[(..., *[None] * (example.ndim - first.ndim))]
    steps = np.concatenate([np.where(wide, baseline, example), np.where(wide, example, baseline)])
    found = logits.answers(logits(steps))[:, target].reshape(2, len(orders), count)
    return {
        "shares": shares.astype(np.float32),
        **{name: found[way, 0] for way, name in enumerate(("deletion", "insertion"))},
        **{f"{name}/random": found[way, 1:].mean(axis=0) for way, name in enumerate(("deletion", "insertion"))},
    }


def _masks(order: np.ndarray, shares: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return which places come within each share of an order, bool (points, *shape)."""
    rank = np.empty(order.size, int)
    rank[order] = np.arange(order.size)
    return rank.reshape(shape) < np.round(shares * order.size).reshape(-1, *[1] * len(shape))
