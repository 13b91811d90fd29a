"""Reduce images to short vectors and find nearest neighbours among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.analysis.data.image_statistics import blocks

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

# Accuracy of the neighbours' vote on 15,000 MNIST digits: 95.7 % with 20, 96.2 % with 40, 95.6 % with 100.
COMPONENTS = 40
FITTED_ON = 10_000  # training images: more would hardly change the components, and this bounds memory
SIDE = 32  # larger images are shrunk to this first: 10,000 × 128 × 128 × 3 floats would be 2 GB
NEIGHBOURS = 10
_QUERIES = 2_000  # per block; progress is reported after each

Report = Callable[[float], None]


@dataclass(frozen=True)
class Nearest:
    """The nearest neighbours of each query image.

    Args:
        asked: Query images, int64 (q,).
        found: Their neighbours, the nearest first, int64 (q, k).
        distances: Euclidean distances of the vectors, float32 (q, k).
    """

    asked: np.ndarray
    found: np.ndarray
    distances: np.ndarray


def shrink(images: np.ndarray) -> np.ndarray:
    """Scale to 0-1 and average blocks of pixels until no side is longer than 32.

    Returns:
        float32 (n, height × width × channels) of the shrunk images.
    """
    sums, pixels = images, np.ones((1, 1, 1), np.float32)  # of each block
    for axis in (1, 2):
        side = images.shape[axis]
        if side > SIDE:
            edges = np.linspace(0, side, SIDE + 1).astype(int)
            sums = np.add.reduceat(sums, edges[:-1], axis=axis, dtype=np.uint32)
            pixels = pixels * np.diff(edges).astype(np.float32).reshape((-1,) + (1,) * (3 - axis))
    return (sums.astype(np.float32) / (255 * pixels)).reshape(len(images), -1)


def image_vectors(x_train: np.ndarray, x_test: np.ndarray, seed: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Reduce images to the principal components of the training images.

    Args:
        x_train, x_test: uint8 (n, height, width, channels).
        seed: Seed of the sample to fit on and of the randomised solver.
        report: Called with the share done, 0 to 1.

    Returns:
        float32 (n_train, components) and (n_test, components), at most 40 components.
    """
    from sklearn.decomposition import PCA

    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(len(x_train))[:FITTED_ON])
    flat = np.concatenate([shrink(x_train[rows[part]]) for part in blocks(x_train, len(rows))])
    components = min(COMPONENTS, *flat.shape)
    pca = PCA(components, svd_solver="randomized", random_state=seed, copy=False)
    with np.errstate(invalid="ignore", divide="ignore"):  # the explained variance ratio of constant images
        pca.fit(flat)
    del flat
    report(0.3)
    train = _transform(pca, x_train)
    report(0.9)
    return train, _transform(pca, x_test)


def _transform(pca: PCA, images: np.ndarray) -> np.ndarray:
    parts = [pca.transform(shrink(images[rows])).astype(np.float32) for rows in blocks(images)]
    return np.concatenate(parts) if parts else np.zeros((0, pca.n_components_), np.float32)


def nearest_others(vectors: np.ndarray, rows: np.ndarray, report: Report) -> Nearest:
    """Find the 10 nearest other images of each image within one part.

    Args:
        vectors: float32 (n, components).
        rows: Distinct images to compare, int64 (q,).
        report: Called with the share done, 0 to 1.
    """
    count = max(0, min(NEIGHBOURS, len(rows) - 1))
    found, distances = _search(vectors[rows], vectors[rows], min(count + 1, len(rows)), report)
    itself = found == np.arange(len(rows))[:, None]
    itself[~itself.any(1), count:] = True  # images at distance 0 displaced it: drop the last one
    found, distances = (values[~itself].reshape(len(rows), count) for values in (found, distances))
    return Nearest(rows, rows[found], distances)


def nearest_among(vectors: np.ndarray, rows: np.ndarray, base: np.ndarray, base_rows: np.ndarray) -> Nearest:
    """Find the 10 nearest images of each image in another part.

    Args:
        vectors: Vectors of the query part, float32 (n, components).
        rows: Query rows, int64 (q,).
        base: Vectors of the searched part, float32 (m, components).
        base_rows: Rows to search, int64 (b,).
    """
    count = min(NEIGHBOURS, len(base_rows))
    found, distances = _search(vectors[rows], base[base_rows], count, lambda share: None)
    return Nearest(rows, base_rows[found], distances)


def _search(asked: np.ndarray, base: np.ndarray, count: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.neighbors import NearestNeighbors

    found = np.zeros((len(asked), count), np.int64)
    distances = np.zeros((len(asked), count), np.float32)
    if not found.size:
        return found, distances
    # Brute force: with 40 components a tree visits nearly everything and is slower.
    index = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(base)
    for start in range(0, len(asked), _QUERIES):
        rows = slice(start, start + _QUERIES)
        distances[rows], found[rows] = index.kneighbors(asked[rows])
        report(min(1.0, (start + _QUERIES) / len(asked)))
    return found, distances
