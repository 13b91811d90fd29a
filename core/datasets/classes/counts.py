"""Choose the classes with enough examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.datasets.archives.zips import LIMITS, short
from core.datasets.classes.names import natural_key
from core.errors import DatasetError

MOST_NAMED = 10  # of the classes left out, named in messages


def settle_classes(
    counts: Mapping[str, int], refused: Mapping[str, Sequence[str]], noun: str
) -> tuple[list[str], list[str]]:
    """Choose the classes with enough training examples.

    Args:
        counts: Number of training examples of each class.
        refused: Reasons why files of a class cannot be used, one for each file; none for an empty folder.
        noun: The examples as a plural noun, for messages.

    Returns:
        The classes in natural order, and a sentence about each class left out (at most `MOST_NAMED`).

    Raises:
        DatasetError: Too few or too many classes remain.
    """
    names = sorted({*counts, *refused}, key=natural_key)
    kept = [name for name in names if counts.get(name, 0) >= LIMITS.least_images]
    said = [
        f"The class {short(name)} is left out: {_lacks(counts.get(name, 0), refused.get(name, ()), noun)}."
        for name in names
        if counts.get(name, 0) < LIMITS.least_images
    ]
    if not LIMITS.least_classes <= len(kept) <= LIMITS.most_classes:
        raise DatasetError(
            f"no class has enough {noun}" if not kept else "the number of classes is out of range",
            expected=f"{LIMITS.least_classes} to {LIMITS.most_classes} classes",
            received=f"{len(kept):,}" if kept else "",
            fix=" ".join(said[:2]),
        )
    more = [f"{len(said) - MOST_NAMED:,} more classes are left out."] if len(said) > MOST_NAMED else []
    return kept, said[:MOST_NAMED] + more


def _lacks(count: int, refused: Sequence[str], noun: str) -> str:
    if not count and not refused:
        return f"its folder has no {noun}"
    first = f" (the first: {refused[0].rstrip('.')})" if refused else ""
    if not count:
        files = "its only file cannot" if len(refused) == 1 else f"none of its {len(refused):,} files can"
        return f"{files} be used{first}"
    more = f", and {len(refused):,} cannot be used{first}" if refused else ""
    return f"it has {count} {one(noun) if count == 1 else noun}, expected at least {LIMITS.least_images}{more}"


def one(noun: str) -> str:
    """Return the singular of a noun."""
    return noun.removesuffix("s")
