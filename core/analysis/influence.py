"""How much each training example argued for an answer, from its gradients at saved moments.

Source: Pruthi et al. 2020, Estimating training data influence by tracing gradient descent, section 3.2 (TracInCP).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST_MOMENTS = 8


def moments(steps: Sequence[int], until: int) -> list[int]:
    """Return at most 8 saved moments up to and with one, evenly spread by their number; step 0 has learned nothing."""
    learned = [step for step in steps if 0 < step <= until]
    count = min(MOST_MOMENTS, len(learned))
    return [learned[-1 - at * len(learned) // count] for at in reversed(range(count))]


def weigh(moments: Sequence[int], rates: np.ndarray) -> np.ndarray:
    """Return the weight of each moment: the learning rates of all updates since the one before.

    Args:
        moments: Steps, ascending, above 0.
        rates: Learning rate of each update, (updates,).

    Returns:
        float64 (moments,).
    """
    gone = np.concatenate([[0.0], np.cumsum(rates, dtype=np.float64)])
    ends = gone[np.minimum([0, *moments], len(rates))]
    found: np.ndarray = np.diff(ends)
    return found


def influence(products: np.ndarray, weights: np.ndarray, examples: int) -> np.ndarray:
    """Return the influence of each training example on the loss of an answer: above 0, it made it smaller.

    Args:
        products: Dot products of gradients at each moment (moments, n).
        weights: Of each moment, from `weigh`.
        examples: Number of training examples: an update takes the mean over a batch, so each counts that much less.

    Returns:
        float64 (n,).
    """
    found: np.ndarray = weights @ products / examples
    return found
