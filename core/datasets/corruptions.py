"""Deliberate corruptions: class imbalance, label noise and shifted test images.

Exported programs contain the source of these functions, so each uses only NumPy and this module's constants. Their
random numbers start from a fixed seed: the data is corrupted in the same way whatever the seed of a run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

BREAK_SEED = 1  # differs from the split's, so that wrong labels and held-out images are independent
DARK = 0.4  # factor of the brightness
NOISE = 40.0  # standard deviation in grey levels
MOVED = 3  # pixels down and right

TEST_SHIFTS: Mapping[str, str] = {
    "none": "As they are",
    "dark": "Darkened",
    "noise": "Noisy",
    "moved": "Moved",
    "inverted": "Inverted",
}


def kept_counts(counts: tuple[int, ...] | np.ndarray, imbalance: float) -> np.ndarray:
    """Return how many images of each class to keep: all of the first to 1/imbalance of the last, geometrically.

    Args:
        counts: Images of each class (classes,); a class that has any keeps at least 1.
        imbalance: Ratio of the shares that the first and the last class keep; 1 keeps all images.

    Returns:
        int (classes,).

    Source: Cui et al. 2019, Class-balanced loss based on effective number of samples, long-tailed CIFAR.
    """
    counts = np.asarray(counts)
    shares = imbalance ** (-np.arange(len(counts)) / max(len(counts) - 1, 1))
    kept: np.ndarray = np.minimum(counts, np.maximum(1, np.rint(counts * shares).astype(int)))
    return kept


def kept_rows(labels: np.ndarray, imbalance: float, num_classes: int) -> np.ndarray:
    """Return the rows to keep, ascending; the images of each class are drawn at random.

    Args:
        labels: True classes, int (n,).
        imbalance: Ratio of the shares that the first and the last class keep.
        num_classes: Number of classes.
    """
    if imbalance == 1:
        return np.arange(len(labels))
    rng = np.random.default_rng(BREAK_SEED)
    counts = kept_counts(np.bincount(labels, minlength=num_classes), imbalance)
    rows = [rng.permutation(np.flatnonzero(labels == c))[: counts[c]] for c in range(num_classes)]
    return np.sort(np.concatenate(rows))


def broken_labels(labels: np.ndarray, num_classes: int, noise: float, shuffled: bool) -> np.ndarray:
    """Return labels with some of them wrong, int (n,).

    Args:
        labels: True classes, int (n,).
        num_classes: Number of classes.
        noise: Share of labels to replace, each by a random other class.
        shuffled: Permute all labels instead; each class keeps its count.
    """
    rng = np.random.default_rng(BREAK_SEED)
    if shuffled:
        return rng.permutation(labels)
    broken = np.array(labels)
    wrong = rng.permutation(len(labels))[: round(noise * len(labels))]
    broken[wrong] = (broken[wrong] + rng.integers(1, num_classes, len(wrong))) % num_classes
    return broken


def shifted_images(images: np.ndarray, kind: str, first: int = 0) -> np.ndarray:
    """Return images that differ from the training images, uint8 (n, height, width, channels).

    Args:
        images: uint8 (n, height, width, channels).
        kind: none, dark, noise, moved (with a repeated border) or inverted.
        first: Row of the first image; the noise of an image depends only on its row.
    """
    images = np.asarray(images)
    if kind == "dark":
        darkened: np.ndarray = np.rint(np.arange(256) * DARK).astype(np.uint8)[images]
        return darkened
    if kind == "moved":
        padded = np.pad(images, ((0, 0), (MOVED, 0), (MOVED, 0), (0, 0)), mode="edge")
        return padded[:, : images.shape[1], : images.shape[2]]
    if kind == "inverted":
        return 255 - images
    if kind == "noise":
        changed = np.empty_like(images)
        for row, image in enumerate(images):
            grain = np.random.default_rng([BREAK_SEED, first + row]).normal(0, NOISE, image.shape)
            changed[row] = np.clip(np.rint(image + grain), 0, 255)
        return changed
    return images


def shifted_rows(images: np.ndarray, rows: Sequence[int] | np.ndarray, kind: str) -> np.ndarray:
    """Return some of all test images as `shifted_images` returns them of all, (rows, ...)."""
    chosen = np.array(images[np.asarray(rows, int)])
    if kind != "noise":
        return shifted_images(chosen, kind)
    for place, row in enumerate(rows):
        chosen[place] = shifted_images(chosen[place : place + 1], kind, int(row))[0]
    return chosen
