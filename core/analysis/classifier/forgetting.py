"""When a classifier learned an example, and how often it forgot it, from its answers at saved moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_TOLD = 4  # changes that a sentence lists one by one


@dataclass(frozen=True, eq=False)
class Forgetting:
    """How often examples were forgotten.

    Args:
        events: Times that each answer changed from right to wrong between saved moments, int (n,).
        first: Place of the first right answer to each, int (n,); -1 if none was right.
        is_right: Whether the last answer to each is right, bool (n,).
    """

    events: np.ndarray
    first: np.ndarray
    is_right: np.ndarray

    @property
    def never(self) -> np.ndarray:
        """Whether an example was never learned, bool (n,)."""
        never: np.ndarray = self.first < 0
        return never

    def most(self, count: int) -> np.ndarray:
        """Return the places of at most `count` examples forgotten most often, those wrong at the end first."""
        order = np.lexsort((np.arange(len(self.events)), self.is_right, -self.events))
        return order[self.events[order] > 0][:count]


def forgetting(is_right: np.ndarray) -> Forgetting:
    """Count how often examples were forgotten.

    Args:
        is_right: Whether each answer is right, bool (moments, n), in the order of training.

    Source: Toneva et al., An empirical study of example forgetting during deep neural network learning, 2019, section
    3. There an example is looked at whenever it is in a batch, here at saved moments.
    """
    was, is_now = is_right[:-1], is_right[1:]
    first = np.where(is_right.any(0), is_right.argmax(0), -1)
    return Forgetting((was & ~is_now).sum(0), first, is_right[-1])


def tell_biography(steps: Sequence[int], said: Sequence[int], truth: int) -> str:
    """Tell when a network learned an example and forgot it, in one sentence.

    Args:
        steps: Steps of the saved moments, ascending.
        said: Predicted class at each.
        truth: The true class.
    """
    is_right = np.asarray(said) == truth
    changes = (np.flatnonzero(np.diff(is_right.astype(np.int8))) + 1).tolist()
    parts = ["right untrained, by luck" if steps[0] == 0 else f"right at step {steps[0]:,}"] if is_right[0] else []
    for number, place in enumerate(changes):
        does = "forgotten" if not is_right[place] else "learned again" if parts else "learned"
        parts.append(f"{does} at {'step ' if not number else ''}{steps[place]:,}")
    if len(parts) > MOST_TOLD:
        forgotten = int((np.diff(is_right.astype(np.int8)) < 0).sum())
        end = f"{'right' if is_right[-1] else 'wrong'} since step {steps[changes[-1]]:,}"
        parts = [parts[0], f"forgotten {forgotten} times in all", end]
    text = ", ".join(parts) or "never learned: wrong at every saved moment"
    return f"{text[0].upper()}{text[1:]}."
