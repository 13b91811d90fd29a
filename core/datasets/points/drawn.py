"""Turn a drawing into points of the plane, with a class for each colour if there are several."""

from __future__ import annotations

import numpy as np

from core.datasets.features import PLANE
from core.datasets.own import own
from core.datasets.own.kinds.arrays import KIND as ARRAYS
from core.datasets.own.removal import discard
from core.datasets.points import labelled, points
from core.datasets.points.points import SEED
from core.datasets.prepared import write_prepared
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Nothing, count_labels
from core.errors import DatasetError
from core.settings import Settings

LEAST_INK = 20  # pixels of 84x84, about a dot of the pen
NAMES = ("blue", "orange", "green", "red", "pink", "sky")  # of the classes, after their colours in figures


def spec_of(classes: int) -> DataSpec:
    """Return the spec of points drawn in `classes` colours; with one colour there are no classes."""
    if classes == 1:
        return DataSpec(PLANE, Nothing(), points.TRAIN, points.TEST)
    counts = count_labels(_labels(classes)[: labelled.TRAIN], classes)
    return DataSpec(PLANE, Classes(NAMES[:classes], counts), labelled.TRAIN, labelled.TEST)


def points_of(inks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sample random points in proportion to the ink, equally many of each class.

    Args:
        inks: uint8 (classes, height, width), 0 where nothing is drawn.

    Returns:
        Points, float32 (n, 2), from -1 to 1 with y upwards, and classes, int64 (n,); n is 10,000 for one class and
        1,500 for several.

    Raises:
        DatasetError: A class has almost no ink.
    """
    rng, labels = np.random.default_rng(SEED), _labels(len(inks))
    drawn = np.empty((len(labels), 2), np.float32)
    for label, ink in enumerate(inks):
        if np.count_nonzero(ink) < LEAST_INK:
            of_which = "" if len(inks) == 1 else f" in {NAMES[label]}"
            raise DatasetError(
                f"there is too little ink{of_which}",
                expected="a stroke or more",
                fix="Draw a little more, then try again.",
            )
        is_here = labels == label
        drawn[is_here] = _scatter(ink, int(is_here.sum()), rng)
    return drawn, labels


def keep_points(settings: Settings, owner: str, title: str, inks: np.ndarray) -> str:
    """Store a drawing as a data set of points and return its id.

    Args:
        settings: Settings of this installation.
        owner: Hash of the owner's key.
        title: Name of the data set.
        inks: uint8 (height, width) or (classes, height, width), 0 where nothing is drawn.

    Raises:
        DatasetError: A class has almost no ink, the title is empty or too long, or the data cannot be written.
    """
    inks = inks.reshape(-1, *inks.shape[-2:])
    drawn, labels = points_of(inks)
    card, spec = own.begin(settings, owner, title, ARRAYS.id, {}), spec_of(len(inks))
    cut = spec.train_size
    arrays = {"x_train": drawn[:cut], "y_train": labels[:cut], "x_test": drawn[cut:], "y_test": labels[cut:]}
    try:
        write_prepared(settings, card.id, arrays, spec, title)
    except DatasetError:
        discard(settings, card.id)
        raise
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id


def _labels(classes: int) -> np.ndarray:
    """Return the class of each point, alternating, int64 (n,)."""
    size = points if classes == 1 else labelled
    return np.arange(size.TRAIN + size.TEST) % classes


def _scatter(ink: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Sample points from the ink of one class, float32 (count, 2)."""
    rows, columns = np.nonzero(ink)
    share = ink[rows, columns].astype(np.float64)
    chosen = rng.choice(len(rows), count, p=share / share.sum())
    height, width = ink.shape
    x = (columns[chosen] + rng.uniform(size=count)) / width
    y = (rows[chosen] + rng.uniform(size=count)) / height
    return np.stack([2 * x - 1, 1 - 2 * y], 1).astype(np.float32)
