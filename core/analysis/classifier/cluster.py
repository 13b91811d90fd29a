"""What a group of test examples shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cluster:
    """A group of test examples beside all that are shown.

    Args:
        size: Number of examples.
        classes: Number of its examples by class, the most frequent first.
        confusions: (class, answer, count) of its wrong answers, the most frequent first.
        accuracy: Share of right answers.
        elsewhere: The same of the other examples; NaN if there are none.
    """

    size: int
    classes: tuple[tuple[int, int], ...]
    confusions: tuple[tuple[int, int, int], ...]
    accuracy: float
    elsewhere: float


def describe(chosen: np.ndarray, truth: np.ndarray, answers: np.ndarray) -> Cluster:
    """Describe a group.

    Args:
        chosen: Places of its examples, int (k,), k > 0.
        truth: Class of each example that is shown, int (n,).
        answers: Class that the network says, int (n,).
    """
    is_right, others = truth == answers, np.delete(np.arange(len(truth)), chosen)
    labels, counts = np.unique(truth[chosen], return_counts=True)
    missed = chosen[~is_right[chosen]]
    pairs, times = np.unique(np.stack([truth[missed], answers[missed]], 1), axis=0, return_counts=True)
    by_count = np.argsort(-counts, kind="stable")
    return Cluster(
        len(chosen),
        tuple((int(labels[i]), int(counts[i])) for i in by_count),
        tuple((int(pairs[i][0]), int(pairs[i][1]), int(times[i])) for i in np.argsort(-times, kind="stable")),
        float(is_right[chosen].mean()),
        float(is_right[others].mean()) if len(others) else float("nan"),
    )
