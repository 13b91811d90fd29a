"""How the confusions of two classifiers differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Change:
    """A confusion that one of two classifiers makes more often.

    Args:
        truth, said: True and predicted class.
        before, after: How often the first and the second make it.
    """

    truth: int
    said: int
    before: int
    after: int

    @property
    def size(self) -> int:
        """How much more often the second makes it."""
        return self.after - self.before


def largest_changes(first: np.ndarray, second: np.ndarray, most: int) -> list[Change]:
    """Return the confusions whose counts differ most, the largest first; right answers are none.

    Args:
        first, second: Confusion matrices on the same examples, true class by predicted class, int (classes, classes).
        most: Number of confusions, at most.
    """
    apart = np.abs(second - first)
    np.fill_diagonal(apart, 0)
    order = np.argsort(-apart, axis=None, kind="stable")[:most]
    places = [divmod(int(at), len(first)) for at in order]
    found = [Change(row, column, int(first[row, column]), int(second[row, column])) for row, column in places]
    return [one for one in found if one.size and one.truth != one.said]
