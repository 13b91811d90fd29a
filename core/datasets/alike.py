"""Say which classes have too few photos, or photos that look too much alike, and what would help."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.datasets.splitting import PLAIN, shrink, standardise

# Of all pairs of 103 CIFAR-10 photos of a class (airplanes, cats, ships), none correlates by more than 0.9. Of 150
# photos moved by 2 % of their side, 99 % correlate by more than 0.95; by 3 %, 91 %; by 5 %, 21 %.
LOOK_THE_SAME = 0.95
ENOUGH_VIEWS = 10  # of a class
LOOKED_AT = 500  # images of a class, evenly spread
WHAT_HELPS = "turn it, move it, change the light"


def count_views(images: np.ndarray) -> int:
    """Count the images that look different from all images before them that were counted.

    Two images look the same if their pixels, averaged to 16 x 16, are correlated, or if both are nearly plain. So few
    pixels are known to be enough to find photos of the same.

    Args:
        images: uint8 (n, height, width, channels).

    Source: Torralba, Fergus, Freeman, "80 Million Tiny Images", 2008, sections 3 and 4.1.
    """
    seen = shrink(images)
    plain = seen.std(axis=1) < PLAIN
    unit = standardise(seen)
    is_same = (unit @ unit.T > LOOK_THE_SAME) | (plain[:, None] & plain)
    views: list[int] = []
    for row in range(len(images)):
        if not is_same[row, views].any():
            views.append(row)
    return len(views)


def say_alike(images: np.ndarray, labels: np.ndarray, classes: Sequence[str]) -> list[str]:
    """Return a sentence for each class with too few or too similar photos.

    Args:
        images: uint8 (n, height, width, channels), training and test images.
        labels: int64 (n,), indices into `classes`.
        classes: Names of the classes.
    """
    said = []
    for label, name in enumerate(classes):
        rows = np.flatnonzero(labels == label)
        looked_at = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), LOOKED_AT)).round().astype(int))]
        views = count_views(images[looked_at])
        same, count = len(looked_at) - views, len(looked_at)
        if views >= ENOUGH_VIEWS:
            continue
        if 2 * same >= count:
            said.append(f"{same:,} of {count:,} pictures of {name} look the same as another one: {WHAT_HELPS}.")
        else:
            said.append(
                f"There are only {count} pictures of {name}; 30 of each class work well. Add more, each different."
            )
    return said
