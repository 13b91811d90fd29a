"""The check by a nudge: how the loss changes when one weight is moved a little, up and down."""

from __future__ import annotations

import numpy as np

from core.explain.backprop.chain import Chain, Passed
from core.explain.backprop.parts import Linear

SIZE = 1e-3  # of a nudge
MOST_AT_ONCE = 2_000_000  # numbers


def nudged(
    chain: Chain, passed: Passed, wanted: np.ndarray, place: int, rows: np.ndarray, units: np.ndarray
) -> np.ndarray:
    """Return the mean loss with a weight of a dense layer moved up by `SIZE`, and down, less the loss as it is.

    A weight changes one sum of its layer only, so all nudges of a layer go through the rest of the chain together.

    Args:
        chain: The chain.
        passed: The way of the examples through it.
        wanted: What they should give (n,).
        place: Which part it is, a `Linear`.
        rows: Input of each weight; -1 for the bias.
        units: Unit of each weight.

    Returns:
        float64 (2, weights), without the penalties.
    """
    part, x, z = chain.parts[place], passed.values[place], passed.values[place + 1]
    assert isinstance(part, Linear)
    given = np.concatenate([x, np.ones((len(x), 1))], 1)  # the bias weighs 1
    found = np.empty((2, len(rows)))
    step = max(1, MOST_AT_ONCE // z.size)
    for way, sign in enumerate((1, -1)):
        for begin in range(0, len(rows), step):
            some = slice(begin, begin + step)
            count = len(rows[some])
            moved = np.repeat(z[None], count, 0)  # (weights, n, units)
            moved[np.arange(count), :, units[some]] += sign * SIZE * given[:, rows[some]].T
            losses = chain.losses_from(place + 1, moved.reshape(-1, z.shape[1]), np.tile(wanted, count))
            found[way, some] = (losses.reshape(count, -1) - passed.losses).mean(1)
    return found
