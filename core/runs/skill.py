"""How good a classifier is, by images that it never learned from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.store import Run


@dataclass(frozen=True)
class Skill:
    """How good a classifier is.

    Args:
        accuracy: Share that it gets right of images that it never learned from.
        images: Which: "validation" images where it held some back, else "test" images.
    """

    accuracy: float
    images: str


def skill(run: Run) -> Skill | None:
    """Return how good a run's network is, None if it was not measured.

    Nothing is chosen by test images as long as there are others, and never by those that a network learned from.
    """
    for part, images in (("val", "validation"), ("test", "test")):
        accuracy = run.summary.get(f"{part}_accuracy_last")
        if accuracy is not None:
            return Skill(accuracy, images)
    return None


def best_first(runs: Iterable[Run]) -> list[Run]:
    """Return runs, the best networks first; those that were not measured stand at the end."""
    return sorted(runs, key=lambda run: -1.0 if (known := skill(run)) is None else known.accuracy, reverse=True)
