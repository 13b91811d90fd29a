"""The accuracy of a classifier on images that it never learned from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.store import Run


@dataclass(frozen=True)
class Skill:
    """The accuracy of a classifier.

    Args:
        accuracy: Share of correct predictions, 0 to 1.
        images: "validation" if images were held back, else "test".
    """

    accuracy: float
    images: str


def skill(run: Run) -> Skill | None:
    """Return the accuracy of a run's network; None if it was not measured.

    Choices use validation images where there are some, else test images, never training images.
    """
    for part, images in (("val", "validation"), ("test", "test")):
        accuracy = run.summary.get(f"{part}_accuracy_last")
        if accuracy is not None:
            return Skill(accuracy, images)
    return None


def best_first(runs: Iterable[Run]) -> list[Run]:
    """Sort runs by accuracy, best first; runs without a measurement come last."""
    return sorted(runs, key=lambda run: -1.0 if (known := skill(run)) is None else known.accuracy, reverse=True)
