"""Split images into training and test, with near-duplicates on one side."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.datasets.dataset import Arrays, Progress
from core.datasets.own.built import Built, of_images
from core.datasets.splitting import near_duplicate_groups, perceptual_hashes, split
from core.errors import DatasetError

if TYPE_CHECKING:
    from core.datasets.images.pixels import Pictures

MOST_IMAGES = 70_000  # compared with each other
READING = 0.8  # share of the progress for decoding
TEST_SHARE = 0.2


def split_images(
    images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], seed: int, progress: Progress
) -> Built:
    """Split images into training and test; near-duplicates stay on one side.

    Args:
        images: uint8 (n, height, width, channels).
        labels: int64 (n,).
        classes: Names of the classes.
        seed: The same seed gives the same split.
        progress: Receives the current step.

    Raises:
        DatasetError: A class cannot be on both sides, or there are too many images.
    """
    groups = near_duplicates(images, progress)
    train, test = split(labels, groups, TEST_SHARE, seed, classes)
    notes = {"near_duplicates": len(labels) - len(np.unique(groups))}
    return of_images(parted(images, labels, train, test), classes, notes, rows=(train, test))


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
