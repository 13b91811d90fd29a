"""Check an image data set once; pages read the stored result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.analysis.data.check_files import read_check, write_check
from core.analysis.data.duplicates import (
    Duplicates,
    Joined,
    exact_duplicates,
    first_copies,
    near_duplicates,
    pixel_hashes,
)
from core.analysis.data.image_statistics import brightness_and_contrast, mean_and_deviation, pixel_histogram
from core.analysis.data.image_vectors import Nearest, image_vectors, nearest_among, nearest_others, shrink
from core.analysis.data.label_check import LabelCheck, check_labels
from core.analysis.data.outliers import Outliers, brightness_outliers, empty_images, size_outliers
from core.errors import DatasetError

SEED = 0  # of image samples: the same data gives the same result
# Images compared with each other; more are sampled. The time grows with the square: 60,000 take 20 s on one core.
COMPARED_AT_MOST = 60_000

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class DataCheck:
    """Results of checking a data set.

    Args:
        classes: Class names.
        train_counts, test_counts: Images per class.
        exact, near: Repeated images.
        compared: Distinct training images searched for near duplicates and wrong labels.
        brightness: Images much brighter or darker than their class.
        empty: Images of almost one colour.
        train_sizes, test_sizes: Originals of an unusual size; None if sizes are unknown.
        labels: Suspicious labels, and the accuracy of a nearest-neighbour vote.
        mean_images, deviation_images: uint8 (1 + classes, height, width, channels) of the training images:
            first of all, then of each class.
        histograms: Pixels in 32 bins of 8 grey levels, int64 (2, channels, 32): training, test.
        train_brightness, test_brightness, train_contrast, test_contrast: Of each image, float32 (n,), 0-255.
    """

    classes: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    exact: Duplicates
    near: Duplicates
    compared: int
    brightness: Outliers
    empty: Outliers
    train_sizes: Outliers | None
    test_sizes: Outliers | None
    labels: LabelCheck
    mean_images: np.ndarray
    deviation_images: np.ndarray
    histograms: np.ndarray
    train_brightness: np.ndarray
    test_brightness: np.ndarray
    train_contrast: np.ndarray
    test_contrast: np.ndarray

    def save(self, folder: Path) -> None:
        """Write `check.json` and `check.npz`; readers never mix an old and a new file.

        Raises:
            DatasetError: The files cannot be written.
        """
        write_check(folder, self)

    @staticmethod
    def load(folder: Path) -> DataCheck:
        """Load a saved check.

        Raises:
            DatasetError: The check is missing, damaged, or from another version.
        """
        return read_check(folder, DataCheck)


def check_data(
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    classes: tuple[str, ...],
    progress: Progress,
    *,
    train_sizes: np.ndarray | None = None,
    test_sizes: np.ndarray | None = None,
) -> DataCheck:
    """Check a data set for imbalance, duplicates, outliers and wrong labels.

    Args:
        x_train, x_test: uint8 (n, height, width, channels), possibly memory-mapped; test may be empty.
        y_train, y_test: Class indices, int64 (n,).
        classes: Class names.
        progress: Called with the current activity and the share done, 0 to 1; its exceptions end the check.
        train_sizes, test_sizes: Height and width of the originals before resizing, (n, 2), if known.

    Raises:
        DatasetError: The arrays do not match, or there is no training image.
    """
    _check_arrays(x_train, y_train, x_test, y_test, classes)
    _check_sizes(train_sizes, test_sizes, y_train, y_test)
    progress("Measuring the images", 0.0)
    measured = _measure(x_train, y_train, x_test, len(classes))
    labels = np.concatenate([y_train, y_test])
    brightness, contrast = (
        np.concatenate([measured[f"{part}_{what}"] for part in ("train", "test")])
        for what in ("brightness", "contrast")
    )
    exact, near, vote = _compare(Joined(x_train, x_test, labels, contrast), len(classes), progress)
    progress("Searching for unusual images", 0.98)
    return DataCheck(
        classes=tuple(classes),
        train_counts=_counts(y_train, classes),
        test_counts=_counts(y_test, classes),
        exact=exact,
        near=near,
        compared=min(COMPARED_AT_MOST, len(x_train) - exact.train.count),
        brightness=brightness_outliers(brightness, labels, len(x_train)),
        empty=empty_images(contrast, labels, len(x_train)),
        train_sizes=None if train_sizes is None else size_outliers(train_sizes, y_train, "train"),
        test_sizes=None if test_sizes is None else size_outliers(test_sizes, y_test, "test"),
        labels=vote,
        **measured,
    )


def _counts(labels: np.ndarray, classes: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=len(classes)).tolist())


def _measure(x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, num_classes: int) -> dict[str, np.ndarray]:
    """Return the arrays of the result."""
    means, deviations = mean_and_deviation(x_train, y_train, num_classes)
    train_brightness, train_contrast = brightness_and_contrast(x_train)
    test_brightness, test_contrast = brightness_and_contrast(x_test)
    return {
        "mean_images": means,
        "deviation_images": deviations,
        "histograms": np.stack([pixel_histogram(x_train), pixel_histogram(x_test)]),
        "train_brightness": train_brightness,
        "test_brightness": test_brightness,
        "train_contrast": train_contrast,
        "test_contrast": test_contrast,
    }


def _compare(data: Joined, num_classes: int, progress: Progress) -> tuple[Duplicates, Duplicates, LabelCheck]:
    """Compare the images: exact copies, near copies, and labels against neighbours."""
    size = len(data.x_train)
    progress("Searching for identical images", 0.05)
    hashes, test_hashes = pixel_hashes(data.x_train), pixel_hashes(data.x_test)
    exact = exact_duplicates(hashes, test_hashes, data.labels)
    originals, test_originals = first_copies(hashes), first_copies(test_hashes)
    progress("Reducing images to vectors", 0.1)
    vectors = image_vectors(data.x_train, data.x_test, SEED, _part(progress, "Reducing images to vectors", 0.1, 0.25))
    rows, test_rows = _distinct(originals), _distinct(test_originals)
    train = nearest_others(vectors[0], rows, _part(progress, "Searching for the nearest images", 0.25, 0.8))
    between = nearest_among(vectors[1], test_rows, vectors[0], rows)
    test = nearest_others(vectors[1], test_rows, _part(progress, "Searching for the nearest images", 0.85, 0.9))
    progress("Searching for nearly identical images", 0.9)
    features = shrink(data.x_train[:1]).shape[1]
    near = near_duplicates(data, train, _moved(test, size), _moved(between, size, 0), features)
    progress("Checking the labels", 0.95)
    return exact, near, check_labels(data.labels[:size], originals, train, num_classes)


def _part(progress: Progress, what: str, start: float, end: float) -> Callable[[float], None]:
    return lambda share: progress(what, start + (end - start) * share)


def _distinct(originals: np.ndarray) -> np.ndarray:
    """Return the rows of distinct images, or a sample if there are too many to compare."""
    rows = np.flatnonzero(originals == np.arange(len(originals)))
    if len(rows) <= COMPARED_AT_MOST:
        return rows
    return np.sort(np.random.default_rng(SEED).choice(rows, COMPARED_AT_MOST, replace=False))


def _moved(nearest: Nearest, asked: int, found: int | None = None) -> Nearest:
    """Turn rows of the test data into places."""
    return Nearest(nearest.asked + asked, nearest.found + (asked if found is None else found), nearest.distances)


def _check_arrays(
    x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, classes: tuple[str, ...]
) -> None:
    if not len(x_train):
        raise DatasetError("there is no training image to check")
    for part, images, labels in (("training", x_train, y_train), ("test", x_test, y_test)):
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:] != x_train.shape[1:]:
            raise DatasetError(
                f"the {part} images have the wrong type or shape",
                expected=f"uint8 (n, {', '.join(map(str, x_train.shape[1:]))})",
                received=f"{images.dtype} {images.shape}",
            )
        if labels.shape != images.shape[:1]:
            raise DatasetError(f"{len(images):,} {part} images have {len(labels):,} labels")
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(classes):
            raise DatasetError(
                f"some {part} labels are not class indices",
                expected=f"0 to {len(classes) - 1}",
                received=f"{labels.min()} to {labels.max()}",
            )


def _check_sizes(train: np.ndarray | None, test: np.ndarray | None, y_train: np.ndarray, y_test: np.ndarray) -> None:
    for part, sizes, labels in (("training", train, y_train), ("test", test, y_test)):
        if sizes is not None and sizes.shape != (len(labels), 2):
            raise DatasetError(
                f"the sizes of the {part} originals do not match the images",
                expected=str((len(labels), 2)),
                received=str(sizes.shape),
            )
