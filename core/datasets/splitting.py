"""Split images into training and test so that near-duplicates stay on one side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np

from core.errors import DatasetError

_LOW = 8  # frequencies in each direction
_HASHED_SIDE = 32  # Zauner 2010, section 3.2.1
_CHUNK = 1 << 22  # pixel values at a time: 16 MB as float32
_BLOCK = 64  # rows compared at a time
_COMPARED_SIDE = 16
PLAIN = 4.0  # standard deviation in grey levels; CIFAR-10's plainest image has 9

# With 6 bits and 0.985, 3 % of 20,000 MNIST digits have a near-duplicate and the largest group has 46 (with 8 and 0.95:
# 21 % and 2,057, nearly all ones); of 10,000 CIFAR-10 images, 0.1 %. Found of 400 pairs of photos at each size from 28
# to 128 pixels: JPEG at quality 75 99 %, shifted by 1 % of the side 96 %, by 2 % 38 %, brighter 92 %.
_MOST_BITS, _CORRELATED = 6, 0.985


def perceptual_hashes(images: np.ndarray) -> np.ndarray:
    """Hash images so that similar images differ in few bits.

    The image is resized to 32 x 32. Its cosine transform keeps the 8 x 8 lowest frequencies except the constant one,
    and each bit says whether one of these 63 is above their median. The 64th bit is 0.

    Args:
        images: uint8 (n, height, width, channels).

    Returns:
        uint64 (n,).

    Source: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1.
    """
    rows, columns = (_cosines(_HASHED_SIDE)[:_LOW] @ _areas(size, _HASHED_SIDE) for size in images.shape[1:3])
    weights = np.uint64(1) << np.arange(_LOW * _LOW - 1, dtype=np.uint64)
    hashes = np.empty(len(images), np.uint64)
    for chunk in _chunks(images):
        grey = _grey(images[chunk])
        waves = (rows @ grey @ columns.T).reshape(len(grey), -1)[:, 1:]  # (n, 63)
        bits = waves > np.median(waves, axis=1, keepdims=True)
        hashes[chunk] = bits @ weights
    return hashes


def near_duplicate_groups(hashes: np.ndarray, images: np.ndarray) -> np.ndarray:
    """Number the groups of near-duplicate images; most groups have one member.

    Two images are near-duplicates if their hashes differ in few bits and their pixels, shrunk to 16 x 16, are
    correlated, as for a brighter shot of the same scene. All pairs are compared, and near-duplicates of
    near-duplicates join one group. Nearly plain images look alike whatever they show: they are near-duplicates only
    if all pixels are equal.

    Args:
        hashes: uint64 (n,), from `perceptual_hashes`.
        images: uint8 (n, height, width, channels), the hashed images.

    Returns:
        int64 (n,), group numbers from 0.
    """
    seen = shrink(images)
    plain = seen.std(axis=1) < PLAIN
    groups = _equal_pixels(images)
    rows = np.flatnonzero(~plain)
    seen, hashes = standardise(seen[rows]), hashes[rows]
    for start in range(0, len(rows), _BLOCK):
        near = _close(hashes, start)
        near &= groups[rows[start : start + _BLOCK], None] != groups[rows[start:]]
        columns = start + np.flatnonzero(near.any(axis=0))
        alike = seen[start : start + _BLOCK] @ seen[columns].T > _CORRELATED
        left, right = np.nonzero(near[:, columns - start] & alike)
        groups = _merged(groups, rows[start + left], rows[columns[right]])
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def shrink(images: np.ndarray) -> np.ndarray:
    """Average images to 16 x 16 pixels.

    Args:
        images: uint8 (n, height, width, channels).

    Returns:
        float32 (n, 16 * 16 * channels).
    """
    rows, columns = (_areas(size, _COMPARED_SIDE).astype(np.float32) for size in images.shape[1:3])
    seen = np.empty((len(images), _COMPARED_SIDE * _COMPARED_SIDE * images.shape[-1]), np.float32)
    for chunk in _chunks(images):
        small = rows @ np.moveaxis(images[chunk].astype(np.float32), 3, 1) @ columns.T  # (n, channels, 16, 16)
        seen[chunk] = small.reshape(len(small), -1)
    return seen


def standardise(seen: np.ndarray) -> np.ndarray:
    """Standardise rows (n, pixels) so that the product of two is their correlation; a plain row becomes zeros."""
    centred = seen - seen.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: np.ndarray = centred / np.where(lengths > 0, lengths, 1)
    return unit


def join_groups(groups: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Merge two groupings: images that share a group in either share one in the result.

    Args:
        groups, others: int64 (n,), group numbers.

    Returns:
        int64 (n,), group numbers from 0.
    """
    _, first, place = np.unique(others, return_index=True, return_inverse=True)
    merged = _merged(groups, np.arange(len(groups)), first[place])
    return np.unique(merged, return_inverse=True)[1].astype(np.int64)


def split(
    labels: np.ndarray,
    groups: np.ndarray,
    test_share: float = 0.2,
    seed: int = 0,
    classes: Sequence[str] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows so that each class is on both sides in equal shares and each group on one side.

    Groups are drawn in random order; a group joins the test side if that brings the classes nearer to their share.
    scikit-learn's StratifiedGroupKFold offers only shares of 1/k and may leave a small class on one side.

    Args:
        labels: int (n,), 0 to number of classes - 1.
        groups: int (n,), from `near_duplicate_groups`.
        test_share: Wanted share of test images in each class, between 0 and 1.
        seed: The same seed gives the same split.
        classes: Names of the classes, for the error.

    Returns:
        Rows of the training images and of the test images, int64, ascending.

    Raises:
        DatasetError: A class cannot be on both sides because all its images are near-duplicates.
    """
    counts = _counts(labels, groups)
    totals = counts.sum(axis=0)
    order = np.random.default_rng(seed).permutation(len(counts))
    in_test = _with_each_class(_nearest(counts, totals * test_share, order), counts, order)
    tested = counts[in_test].sum(axis=0)
    stuck = np.flatnonzero((totals > 0) & ((tested == 0) | (tested == totals)))
    if len(stuck):
        label = int(stuck[0])
        raise DatasetError(
            f"all images of {classes[label] if classes else f'class {label}'} are near-duplicates, "
            "so none can test what the network learns from the others",
            fix="Add images of this class that differ more: another place, another angle, another example.",
        )
    is_test = in_test[np.unique(groups, return_inverse=True)[1]]
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def held_back(labels: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return the rows of whole groups that come nearest to a share of each class, ascending; possibly none.

    Args:
        labels: int (n,), 0 to number of classes - 1.
        groups: int (n,), group numbers.
        share: Wanted share of each class, 0 to 1. Each class keeps some rows.
        seed: The same seed gives the same rows.
    """
    counts = _counts(labels, groups)
    order = np.random.default_rng(seed).permutation(len(counts))
    is_held = _nearest(counts, counts.sum(axis=0) * share, order)
    return np.flatnonzero(is_held[np.unique(groups, return_inverse=True)[1]])


def _cosines(size: int) -> np.ndarray:
    """Return the matrix (frequencies, positions) of the cosine transform DCT-II."""
    return np.cos(np.pi * (np.arange(size) + 0.5) * np.arange(size)[:, None] / size)


def _areas(size: int, wanted: int) -> np.ndarray:
    """Return the matrix (wanted, size) that averages over areas; each row sums to 1."""
    edges, starts = np.arange(wanted + 1) * size / wanted, np.arange(size)
    overlap = np.minimum(edges[1:, None], starts + 1) - np.maximum(edges[:-1, None], starts)
    shares: np.ndarray = np.clip(overlap, 0, None) * wanted / size
    return shares


def _chunks(images: np.ndarray) -> Iterator[slice]:
    size = max(1, _CHUNK // int(np.prod(images.shape[1:])))
    return (slice(start, start + size) for start in range(0, len(images), size))


def _grey(images: np.ndarray) -> np.ndarray:
    """Return brightness (n, height, width), weighted as in ITU-R BT.601."""
    weights = np.array([0.299, 0.587, 0.114] if images.shape[-1] == 3 else [1.0], np.float32)
    return images.astype(np.float32) @ weights


def _equal_pixels(images: np.ndarray) -> np.ndarray:
    """Number the groups of images that are equal in every pixel."""
    first: dict[bytes, int] = {}
    keys = (sha256(image.tobytes()).digest() for image in images)
    return np.array([first.setdefault(key, len(first)) for key in keys], np.int64)


def _close(hashes: np.ndarray, start: int) -> np.ndarray:
    """Return whether hashes of a block from `start` are close to later ones: bool (block, rows from start)."""
    return np.triu(np.bitwise_count(hashes[start : start + _BLOCK, None] ^ hashes[start:]) <= _MOST_BITS, k=1)


def _merged(groups: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Merge the groups of each pair of rows."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(left):
        return groups
    size = groups.max() + 1
    edges = coo_array((np.ones(len(left), np.int8), (groups[left], groups[right])), shape=(size, size))
    merged: np.ndarray = connected_components(edges, directed=False)[1][groups]
    return merged


def _counts(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Count the images of each class in each group: (groups, classes)."""
    numbers, places = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(numbers), int(labels.max()) + 1), np.int64)
    np.add.at(counts, (places, labels), 1)
    return counts


def _nearest(counts: np.ndarray, wanted: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Take each group, in this order, that brings the classes nearer to the wanted number; bool (groups,)."""
    totals, taken = counts.sum(axis=0), np.zeros(counts.shape[1], np.int64)
    is_taken = np.zeros(len(counts), bool)
    for group in order:
        after = taken + counts[group]
        nearer = np.abs(wanted - after).sum() < np.abs(wanted - taken).sum()
        if nearer and _leaves_some(counts[group], after, totals):
            is_taken[group], taken = True, after
    return is_taken


def _with_each_class(is_taken: np.ndarray, counts: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Also take the smallest group of each class of which none was taken, as each is larger than its share."""
    totals, taken, is_taken = counts.sum(axis=0), counts[is_taken].sum(axis=0), is_taken.copy()
    for label in np.flatnonzero((taken == 0) & (totals > 0)):
        candidates = order[counts[order, label] > 0]
        for group in candidates[np.argsort(counts[candidates].sum(axis=1), kind="stable")]:
            after = taken + counts[group]
            if taken[label] == 0 and _leaves_some(counts[group], after, totals):
                is_taken[group], taken = True, after
    return is_taken


def _leaves_some(group: np.ndarray, taken: np.ndarray, totals: np.ndarray) -> bool:
    """Return whether every class of a group still has training images if it is taken."""
    return bool(np.all((taken < totals) | (group == 0)))
