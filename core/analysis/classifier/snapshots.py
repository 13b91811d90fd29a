"""Describe when a network learned its answer to one example."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def tell_snapshots(steps: Sequence[int], probabilities: np.ndarray, classes: Sequence[str]) -> str:
    """Say since which snapshot a network has given its final answer.

    Args:
        steps: Steps of the snapshots, ascending.
        probabilities: Its answers at these steps, float (snapshots, classes).
        classes: Class names.
    """
    said = probabilities.argmax(1)
    last = classes[said[-1]]
    other = np.flatnonzero(said != said[-1])
    if not len(other):
        return f"It said {last} from the start, even untrained, by luck." if steps[0] == 0 else f"It said {last}."
    changed = other[-1]
    before = "Untrained, it" if steps[changed] == 0 else f"At step {steps[changed]:,} it still"
    return f"{before} said {classes[said[changed]]}; since step {steps[changed + 1]:,} it says {last}."
