"""Pixel statistics of a data set: means, deviations, brightness and contrast.

Images are uint8 (n, height, width, channels), possibly memory-mapped; integer sums keep all results exact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

BINS = 32  # of 8 grey levels each
_LEVELS = 256
_BLOCK_BYTES = 2**23  # of images processed together; intermediate arrays take a few times as much


def blocks(images: np.ndarray, total: int | None = None) -> Iterator[slice]:
    """Yield slices of rows with about 8 MB of images each.

    Args:
        images: Images (n, ...), for their size.
        total: Number of rows to cover; all of `images` by default.
    """
    step = max(1, _BLOCK_BYTES // max(1, images[:1].nbytes))
    end = len(images) if total is None else total
    yield from (slice(start, min(start + step, end)) for start in range(0, end, step))


def brightness_and_contrast(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measure the brightness and contrast of each image.

    Returns:
        Pixel means and pixel standard deviations within channels, float32 (n,) each, in grey levels 0-255.
    """
    brightness = np.zeros(len(images), np.float32)
    contrast = np.zeros(len(images), np.float32)
    for rows in blocks(images):
        block, pixels = images[rows], images.shape[1] * images.shape[2]
        mean, squares = (values.sum(1, dtype=np.int64).sum(1) / pixels for values in (block, _squares(block)))
        brightness[rows] = mean.mean(1)  # mean: (rows, channels)
        contrast[rows] = np.sqrt(np.maximum(squares - mean**2, 0).mean(1))
    return brightness, contrast


def pixel_histogram(images: np.ndarray) -> np.ndarray:
    """Count pixels in 32 bins of 8 grey levels; int64 (channels, 32)."""
    channels = images.shape[3]
    counts = np.zeros((channels, BINS), np.int64)
    for rows in blocks(images):
        block = images[rows] // (_LEVELS // BINS)
        counts += [np.bincount(block[..., channel].ravel(), minlength=BINS) for channel in range(channels)]
    return counts


def mean_and_deviation(images: np.ndarray, labels: np.ndarray, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and standard deviation of each pixel, over all images and per class.

    Returns:
        Mean images and standard-deviation images, uint8 (1 + num_classes, height, width, channels): all images
        first, then each class. A class without images is black in both.
    """
    sums = np.zeros((2, 1 + num_classes, *images.shape[1:]), np.int64)  # sums of pixels and of their squares
    for label in range(num_classes):
        rows = np.flatnonzero(labels == label)
        for part in blocks(images, len(rows)):
            sums[:, 1 + label] += _sums(images[rows[part]])
    sums[:, 0] = sums.sum(1)
    counts = np.array([len(labels), *np.bincount(labels, minlength=num_classes)]).reshape(-1, 1, 1, 1)
    mean, squares = sums / np.maximum(counts, 1)
    deviation = np.sqrt(np.maximum(squares - mean**2, 0))
    return np.rint(mean).astype(np.uint8), np.rint(deviation).astype(np.uint8)


def _sums(block: np.ndarray) -> np.ndarray:
    return np.stack([values.sum(0, dtype=np.int64) for values in (block, _squares(block))])


def _squares(block: np.ndarray) -> np.ndarray:
    squares: np.ndarray = np.square(block, dtype=np.uint16)  # 255² = 65,025 fits
    return squares
