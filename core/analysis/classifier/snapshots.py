"""When did a network learn this? Its answers at the snapshots of its training, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def tell_snapshots(steps: Sequence[int], probabilities: np.ndarray, classes: Sequence[str]) -> str:
    """Say from which snapshot on a network gave the answer that it gives at the end.

    Args:
        steps: Of the snapshots, rising.
        probabilities: Its answers at these, float (snapshots, classes).
        classes: Names of the classes.
    """
    said = probabilities.argmax(1)
    last = classes[said[-1]]
    other = np.flatnonzero(said != said[-1])
    if not len(other):
        return f"It said {last} from the start, even untrained: that was luck." if steps[0] == 0 else f"It said {last}."
    changed = other[-1]
    before = "Untrained, it" if steps[changed] == 0 else f"At step {steps[changed]:,} it still"
    return f"{before} said {classes[said[changed]]}; since step {steps[changed + 1]:,} it says {last}."
