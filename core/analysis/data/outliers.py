"""Find images unlike their class: too bright or dark, nearly empty, or of unusual size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.data.duplicates import locate

SHOWN = 100  # most outliers listed
# Robust standard deviations from the class median. 3.5 is usual (Iglewicz and Hoaglin, How to detect and handle
# outliers, 1993), but brightness is skewed, and 60,000 images have long tails.
FAR = 5.0
FEWEST = 10  # images per class for a meaningful median and spread
SMALLEST_SPREAD = 2.0  # grey levels: brightness within 10 levels is fine, however uniform the class
SMALLEST_SIZE_SPREAD = 0.05  # of the logarithm, about 5 %: sizes within a quarter of the median are fine
EMPTY_CONTRAST = 3.0  # grey levels: the eye sees one colour
EMPTY_SHARE = 0.25  # of the class's median contrast: an outlier below this is nearly empty too
_NORMAL = 1.4826  # the median absolute deviation of a normal distribution, times this, is its standard deviation


@dataclass(frozen=True)
class Outlier:
    """One image unlike its class.

    Args:
        part, row: "train" or "test", and its row there.
        label: Its class.
        value: Brightness or contrast in grey levels, or original area in pixels.
        score: Signed distance from the class median, in robust standard deviations.
        size: Original height and width in pixels; empty unless the size is unusual.
    """

    part: str
    row: int
    label: int
    value: float
    score: float
    size: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outliers:
    """The number of outliers, and at most 100 of the worst."""

    count: int
    shown: tuple[Outlier, ...]


def robust_scores(values: np.ndarray, labels: np.ndarray, smallest_spread: float) -> np.ndarray:
    """Return each value's distance from its class median, in robust standard deviations.

    Args:
        values: (n,).
        labels: int64 (n,); classes with fewer than 10 values score 0.
        smallest_spread: Lower bound of the standard deviation, in the unit of `values`.

    Returns:
        float64 (n,).
    """
    scores = np.zeros(len(values))
    for label in np.unique(labels):
        rows = labels == label
        if rows.sum() >= FEWEST:
            apart = values[rows] - np.median(values[rows])
            scores[rows] = apart / max(_NORMAL * float(np.median(np.abs(apart))), smallest_spread)
    return scores


def brightness_outliers(brightness: np.ndarray, labels: np.ndarray, train_size: int) -> Outliers:
    """Find images much brighter or darker than their class.

    Args:
        brightness: (n_train + n_test,), 0-255.
        labels: int64 (n_train + n_test,).
        train_size: Number of training images.
    """
    scores = robust_scores(brightness, labels, SMALLEST_SPREAD)
    far = np.flatnonzero(np.abs(scores) >= FAR)
    worst = far[np.argsort(-np.abs(scores[far]), kind="stable")]
    return _listed(worst, brightness, scores, labels, train_size)


def empty_images(contrast: np.ndarray, labels: np.ndarray, train_size: int) -> Outliers:
    """Find images of almost one colour; arguments as `brightness_outliers`, with contrast."""
    scores = robust_scores(contrast, labels, SMALLEST_SPREAD)
    median = np.zeros(len(contrast))
    for label in np.unique(labels):
        median[labels == label] = np.median(contrast[labels == label])
    empty = (contrast < EMPTY_CONTRAST) | ((scores <= -FAR) & (contrast < EMPTY_SHARE * median))
    rows = np.flatnonzero(empty)
    return _listed(rows[np.argsort(contrast[rows], kind="stable")], contrast, scores, labels, train_size)


def size_outliers(sizes: np.ndarray, labels: np.ndarray, part: str) -> Outliers:
    """Find originals much larger, smaller, wider or taller than their class.

    Args:
        sizes: Height and width in pixels before resizing, (n, 2).
        labels: int64 (n,).
        part: "train" or "test".
    """
    height, width = np.log(np.maximum(sizes, 1)).T
    area = robust_scores(height + width, labels, SMALLEST_SIZE_SPREAD)
    aspect = robust_scores(width - height, labels, SMALLEST_SIZE_SPREAD)
    scores = np.where(np.abs(area) >= np.abs(aspect), area, aspect)
    far = np.flatnonzero(np.abs(scores) >= FAR)
    worst = far[np.argsort(-np.abs(scores[far]), kind="stable")]
    pixels = sizes[:, 0].astype(np.int64) * sizes[:, 1]
    return _listed(worst, pixels, scores, labels, len(labels) if part == "train" else 0, sizes)


def _listed(
    worst: np.ndarray,
    values: np.ndarray,
    scores: np.ndarray,
    labels: np.ndarray,
    train_size: int,
    sizes: np.ndarray | None = None,
) -> Outliers:
    shown = (
        Outlier(
            *locate(int(i), train_size),
            int(labels[i]),
            round(float(values[i]), 3),
            round(float(scores[i]), 3),
            () if sizes is None else tuple(sizes[i].tolist()),
        )
        for i in worst[:SHOWN]
    )
    return Outliers(len(worst), tuple(shown))
