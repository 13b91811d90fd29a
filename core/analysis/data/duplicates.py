"""Find repeated images: exact copies by pixel hash, near copies among nearest neighbours.

A *place* numbers the images of both parts: training rows first, then test rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.data.image_statistics import blocks
from core.analysis.data.image_vectors import NEIGHBOURS, Nearest

SHOWN = 200  # most pairs listed
# Mean pixel difference over contrast. On MNIST and CIFAR-10, JPEG quality 50, resizing there and back, or 8 levels
# of brightness give 0.01 to 0.24. With the ratio below, this finds 6 pairs in 11,000 CIFAR-10 images, all crops
# of the same photo, and 18 in the 70,000 MNIST digits.
NEAR_SHARE = 0.25
# A copy is far nearer than anything else: after the same changes, at most 0.3 of the distance to the 10th neighbour.
# Of 4,000 MNIST digits, 1 had another digit that near; thin strokes resemble each other but have many such neighbours.
NEAR_RATIO = 0.3
# Below this share the ratio is ignored: in a series of more than 10 copies the 10th neighbour is a copy too.
# None of 4,000 MNIST digits came that close to any of 20,000 others.
SURELY_SHARE = 0.03
_PEAKED = 4.0  # root mean square of a change over its mean: JPEG, blur and noise have 1.2 to 3


@dataclass(frozen=True)
class Pair:
    """Two identical or nearly identical images.

    Args:
        part, row: The earlier image: "train" or "test", and its row there.
        other_part, other_row: The later image.
        label, other_label: Their labels.
        difference: Mean absolute difference of the pixels, in grey levels 0-255.
    """

    part: str
    row: int
    other_part: str
    other_row: int
    label: int
    other_label: int
    difference: float


@dataclass(frozen=True)
class Pairs:
    """The number of repeated images, and the worst pairs.

    Args:
        count: Images that repeat an earlier one.
        shown: At most 200 pairs, one per repeated image: differing labels first, then the most similar.
    """

    count: int
    shown: tuple[Pair, ...]


@dataclass(frozen=True)
class Duplicates:
    """Repeated images of one kind, exact or near.

    Args:
        train: Training images that repeat an earlier training image.
        test: Test images that repeat an earlier test image.
        between: Test images that repeat a training image: leakage.
        conflicts: Pairs from all three whose labels differ.
    """

    train: Pairs
    test: Pairs
    between: Pairs
    conflicts: Pairs


@dataclass(frozen=True)
class Joined:
    """Training and test data, addressed by place.

    Args:
        x_train, x_test: uint8 (n, height, width, channels).
        labels: int64 (n_train + n_test,).
        contrast: float32 (n_train + n_test,).
    """

    x_train: np.ndarray
    x_test: np.ndarray
    labels: np.ndarray
    contrast: np.ndarray

    def take(self, places: np.ndarray) -> np.ndarray:
        """Return the images at `places` (p,), uint8 (p, height, width, channels)."""
        images = np.empty((len(places), *self.x_train.shape[1:]), np.uint8)
        test = places >= len(self.x_train)
        images[~test] = self.x_train[places[~test]]
        images[test] = self.x_test[places[test] - len(self.x_train)]
        return images


def pixel_hashes(images: np.ndarray) -> list[bytes]:
    """Hash the pixels of each image; only equal images have equal hashes."""
    return [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]


def first_copies(hashes: Sequence[bytes]) -> np.ndarray:
    """Return the row of the first image equal to each image, int64 (n,)."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(value, row) for row, value in enumerate(hashes)], np.int64)


def exact_duplicates(train: Sequence[bytes], test: Sequence[bytes], labels: np.ndarray) -> Duplicates:
    """Find images with equal pixels.

    Args:
        train, test: Pixel hashes.
        labels: int64 (n_train + n_test,).
    """
    offset = len(train)
    first = {value: row for row, value in reversed(list(enumerate(train)))}
    between = [(first[value], offset + row) for row, value in enumerate(test) if value in first]
    conflicts = _conflicting([*train, *test], labels)

    def pairs(places: Sequence[tuple[int, int]] | np.ndarray) -> Pairs:
        found = np.array(places, np.int64).reshape(-1, 2)
        return _listed(found, np.zeros(len(found)), labels, offset)

    return Duplicates(pairs(_repeats(train)), pairs(_repeats(test) + offset), pairs(between), pairs(conflicts))


def _repeats(hashes: Sequence[bytes]) -> np.ndarray:
    first = first_copies(hashes)
    later = np.flatnonzero(first != np.arange(len(first)))
    return np.stack([first[later], later], 1)


def _conflicting(hashes: Sequence[bytes], labels: np.ndarray) -> list[tuple[int, int]]:
    """Pair each image with the first earlier one with equal pixels and another label."""
    seen: dict[bytes, dict[int, int]] = {}
    pairs = []
    for place, (value, label) in enumerate(zip(hashes, labels.tolist(), strict=True)):
        known = seen.setdefault(value, {})
        other = next((at for name, at in known.items() if name != label), None)  # dicts keep order: this is the first
        if other is not None:
            pairs.append((other, place))
        known.setdefault(label, place)
    return pairs


def near_duplicates(data: Joined, train: Nearest, test: Nearest, between: Nearest, features: int) -> Duplicates:
    """Find nearly identical images: recompressed, resized or slightly brighter.

    Only distinct images are compared, so exact copies do not count here. The search covers the 10 nearest neighbours
    of each image and may miss some in a long series of near copies.

    Args:
        data: The images.
        train: Neighbours of training images among training images, as places.
        test: Neighbours of test images among test images, as places.
        between: Neighbours of test images among training images, as places.
        features: Values per image before the reduction to a vector.
    """
    found = [_verified(data, *_candidates(nearest, data.contrast, features)) for nearest in (train, test, between)]
    pairs, differences = (np.concatenate(parts) for parts in zip(*found, strict=True))
    differs = data.labels[pairs[:, 0]] != data.labels[pairs[:, 1]]

    def listed(pairs: np.ndarray, differences: np.ndarray) -> Pairs:
        return _listed(*_closest(pairs, differences), data.labels, len(data.x_train))

    return Duplicates(
        listed(*found[0]), listed(*found[1]), listed(*found[2]), listed(pairs[differs], differences[differs])
    )


def _candidates(nearest: Nearest, contrast: np.ndarray, features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return distinct pairs of places with near vectors, and the limit of their difference."""
    asked = np.broadcast_to(nearest.asked[:, None], nearest.found.shape)
    lower = np.minimum(contrast[asked], contrast[nearest.found]) / 255
    limits = np.where(nearest.distances <= _PEAKED * SURELY_SHARE * lower * features**0.5, SURELY_SHARE, 0.0)
    if nearest.found.shape[1] == NEIGHBOURS:  # otherwise there is no 10th neighbour
        limits[nearest.distances <= NEAR_RATIO * nearest.distances[:, -1:]] = NEAR_SHARE
    chosen = limits > 0
    pairs = np.sort(np.stack([asked[chosen], nearest.found[chosen]], 1), 1)
    order = np.argsort(-limits[chosen], kind="stable")  # the larger limit of both directions
    pairs, first = np.unique(pairs[order], axis=0, return_index=True)
    return pairs, limits[chosen][order][first]


def _verified(data: Joined, pairs: np.ndarray, limits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs with near but unequal pixels, and their differences."""
    differences = np.zeros(len(pairs))
    for rows in blocks(data.x_train, len(pairs)):
        first, other = (data.take(pairs[rows, side]) for side in (0, 1))
        apart = np.maximum(first, other) - np.minimum(first, other)  # stays in uint8
        differences[rows] = apart.mean(axis=(1, 2, 3))
    contrast = data.contrast[pairs].min(1) if len(pairs) else np.zeros(0)
    kept = (differences <= limits * contrast) & (differences > 0)
    return pairs[kept], differences[kept]


def _closest(pairs: np.ndarray, differences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the most similar pair of each later image."""
    order = np.argsort(differences, kind="stable")
    _, first = np.unique(pairs[order, 1], return_index=True)
    return pairs[order[first]], differences[order[first]]


def _listed(pairs: np.ndarray, differences: np.ndarray, labels: np.ndarray, offset: int) -> Pairs:
    agrees = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    worst = np.lexsort((pairs[:, 1], differences, agrees))[:SHOWN]
    places = [(int(pairs[i, 0]), int(pairs[i, 1]), float(differences[i])) for i in worst]
    shown = (
        Pair(*locate(a, offset), *locate(b, offset), int(labels[a]), int(labels[b]), round(difference, 3))
        for a, b, difference in places
    )
    return Pairs(len(pairs), tuple(shown))


def locate(place: int, train_size: int) -> tuple[str, int]:
    """Return the part ("train" or "test") and row of a place."""
    return ("train", place) if place < train_size else ("test", place - train_size)
