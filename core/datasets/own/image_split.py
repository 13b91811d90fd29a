"""Split images into training and test, with near-duplicates on one side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from core.datasets.alike import WHAT_HELPS
from core.datasets.dataset import Arrays, Progress
from core.datasets.own.built import Built, of_images
from core.datasets.splitting import join_groups, near_duplicate_groups, perceptual_hashes, split
from core.errors import DatasetError

if TYPE_CHECKING:
    from core.datasets.images.pixels import Pictures

MOST_IMAGES = 70_000  # compared with each other
READING = 0.8  # share of the progress for decoding
TEST_SHARE = 0.2


def split_images(
    images: np.ndarray,
    labels: np.ndarray,
    classes: tuple[str, ...],
    seed: int,
    progress: Progress,
    bursts: np.ndarray | None = None,
) -> Built:
    """Split images into training and test; bursts stay on one side, and near-duplicates where that is possible.

    If all images of a class are near-duplicates, only different bursts of it can be parted; that is said.

    Args:
        images: uint8 (n, height, width, channels).
        labels: int64 (n,).
        classes: Names of the classes.
        seed: The same seed gives the same split.
        progress: Receives the current step.
        bursts: int64 (n,), number of the burst of each image; one without a burst has a number of its own.

    Raises:
        DatasetError: A class cannot be on both sides, or there are too many images.
    """
    groups = near_duplicates(images, progress)
    notes: dict[str, Any] = {"near_duplicates": len(labels) - len(np.unique(groups))}
    if bursts is None or not has_bursts(bursts):
        train, test = split(labels, groups, TEST_SHARE, seed, classes)
        return of_images(parted(images, labels, train, test), classes, notes, rows=(train, test))
    train, test, whole = _split_bursts(labels, groups, bursts, seed, classes)
    notes["bursts"] = int((np.bincount(bursts) > 1).sum())
    notes["said"] = [_say_bursts(notes["bursts"]), *say_leak(groups, train, test)]
    return of_images(parted(images, labels, train, test), classes, notes, whole[train], rows=(train, test))


def has_bursts(bursts: np.ndarray) -> bool:
    """Return whether any burst has several images; int64 (n,), the number of the burst of each."""
    return len(np.unique(bursts)) < len(bursts)


def side_by_side(rows: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return rows in an order that has the images of a group, int64 (n,), next to each other."""
    return rows[np.argsort(groups[rows], kind="stable")]


def _split_bursts(
    labels: np.ndarray, groups: np.ndarray, bursts: np.ndarray, seed: int, classes: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the rows of the training and of the test images, and the group of each image that was kept whole."""
    for label, name in enumerate(classes):
        if len(np.unique(bursts[labels == label])) == 1:
            raise DatasetError(
                f"all pictures of {name} come from one burst, so none can test what the network learns from the others",
                fix=f"Take a second burst of it: {WHAT_HELPS}.",
            )
    whole = join_groups(groups, bursts)
    try:
        train, test = split(labels, whole, TEST_SHARE, seed, classes)
    except DatasetError:  # the bursts of a class are near-duplicates of each other
        whole = bursts
        train, test = split(labels, whole, TEST_SHARE, seed, classes)
    return side_by_side(train, whole), test, whole


def _say_bursts(count: int) -> str:
    which = "The pictures of 1 burst are" if count == 1 else f"The pictures of each of {count:,} bursts are"
    return f"{which} all for training, all for validation or all for testing."


def say_leak(groups: np.ndarray, train: np.ndarray, test: np.ndarray) -> list[str]:
    """Return a sentence if test images are near-duplicates of training images.

    Args:
        groups: int64 (n,), from `near_duplicates`.
        train, test: Rows of the training and test images.
    """
    leaked = int(np.isin(groups[test], groups[train]).sum())
    if not leaked:
        return []
    return [
        f"{leaked:,} of the {len(test):,} test images are near-duplicates of a training image. They were not moved, so "
        "the test result will be too good."
    ]


def near_duplicates(images: np.ndarray, progress: Progress) -> np.ndarray:
    """Return the group of each image, int64 (n,); near-duplicates share a group.

    Raises:
        DatasetError: There are too many images to compare.
    """
    if len(images) > MOST_IMAGES:
        received = f"{len(images):,}"
        raise DatasetError("there are too many images", expected=f"at most {MOST_IMAGES:,}", received=received)
    progress("looking for near-duplicates", READING)
    return near_duplicate_groups(perceptual_hashes(images), images)


def parted(images: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray) -> Arrays:
    """Return the arrays of a data set from the rows of its training and test images."""
    return {
        "x_train": images[train],
        "y_train": labels[train].astype(np.int64),
        "x_test": images[test],
        "y_test": labels[test].astype(np.int64),
    }


def divided(pictures: Pictures, seed: int, progress: Progress) -> Built:
    """Split pictures into training and test, and keep their remarks.

    Raises:
        DatasetError: A class cannot be on both sides, or there are too many images.
    """
    built = split_images(pictures.images, pictures.labels, pictures.classes, seed, progress)
    return replace(built, notes={**built.notes, "said": [*pictures.said, *built.notes["said"]]})
