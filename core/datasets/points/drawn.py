"""Points of the plane where somebody has drawn."""

from __future__ import annotations

import numpy as np

from core.datasets.features import PLANE
from core.datasets.own import own
from core.datasets.own.kinds.arrays import KIND as ARRAYS
from core.datasets.own.removal import discard
from core.datasets.points.points import SEED, TEST, TRAIN
from core.datasets.prepared import write_prepared
from core.datasets.spec import DataSpec
from core.datasets.targets import Nothing
from core.errors import DatasetError
from core.settings import Settings

LEAST_INK = 20  # pixels, of 84x84; a dot of the pen has about as many


def points_of(ink: np.ndarray) -> np.ndarray:
    """Draw points at random where there is ink, the more of them the darker it is.

    Args:
        ink: uint8 (h, w), 0 where nothing is drawn.

    Returns:
        float32 (10,000, 2), the sheet from -1 to 1, up as on the sheet.

    Raises:
        DatasetError: Hardly anything is drawn.
    """
    rows, columns = np.nonzero(ink)
    if len(rows) < LEAST_INK:
        raise DatasetError(
            "there is too little to learn from", expected="a stroke or more", fix="Draw a little more, then try again."
        )
    chance = np.random.default_rng(SEED)
    share = ink[rows, columns].astype(np.float64)
    chosen = chance.choice(len(rows), TRAIN + TEST, p=share / share.sum())
    height, width = ink.shape
    x = (columns[chosen] + chance.uniform(size=TRAIN + TEST)) / width
    y = (rows[chosen] + chance.uniform(size=TRAIN + TEST)) / height
    return np.stack([2 * x - 1, 1 - 2 * y], 1).astype(np.float32)


def keep_points(settings: Settings, owner: str, title: str, ink: np.ndarray) -> str:
    """Keep a drawing as a data set of points; return its id.

    Raises:
        DatasetError: Hardly anything is drawn, the title is empty, or it cannot be written.
    """
    points = points_of(ink)
    card = own.begin(settings, owner, title, ARRAYS.id, {})
    labels = np.zeros(len(points), np.int64)
    arrays = {"x_train": points[:TRAIN], "y_train": labels[:TRAIN], "x_test": points[TRAIN:], "y_test": labels[TRAIN:]}
    spec = DataSpec(PLANE, Nothing(), TRAIN, TEST)
    try:
        write_prepared(settings, card.id, arrays, spec, title)
    except DatasetError:
        discard(settings, card.id)
        raise
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id
