"""Points that somebody placed in the plane one by one, sprayed, or began from a rule or points that exist."""

from __future__ import annotations

import numpy as np

from core.datasets.features import PLANE
from core.datasets.own import own
from core.datasets.own.kinds.arrays import KIND as ARRAYS
from core.datasets.own.removal import discard
from core.datasets.points.drawn import NAMES
from core.datasets.points.labelled import points_of_set
from core.datasets.points.points import LIMIT, SEED
from core.datasets.points.rule import classes_by, values_by
from core.datasets.prepared import write_prepared
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number, count_labels
from core.errors import DatasetError
from core.settings import Settings

MOST = 3_000  # points that a browser still moves smoothly
LEAST_OF_CLASS = 4  # of which one is for testing
LEAST = 8  # points with numbers


def beginning(
    start: str, rule: str, count: int, noise: float, *, is_number: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return points to begin with, float32 (count, 2), and classes int64 (count,) or numbers float32 (count,).

    Args:
        start: Name of points that exist; empty for points all over the plane with the targets of a rule.
        rule: See `classes_by`.
        count: Number of points.
        noise: Standard deviation by which each point is moved after it has its target.
        is_number: Whether points have a number instead of a class.

    Raises:
        DatasetError: The rule cannot be used.
    """
    rng = np.random.default_rng(SEED)
    if start:
        points, labels = points_of_set(start, rng, count)
    else:
        points = rng.uniform(-LIMIT, LIMIT, (count, 2)) * 0.9
        labels = (values_by if is_number else classes_by)(rule, points)
    moved = points + rng.normal(0, noise, points.shape) if noise else points
    return moved.clip(-LIMIT, LIMIT).astype(np.float32), labels.astype(np.float32 if is_number else np.int64)


def split(labels: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows to learn from and those to test on, in random order; of each class some are on either side.

    Args:
        labels: Classes, int64 (n,), from 0 on without a gap, each with at least two points.
        share: Share of the points to learn from, between 0 and 1.
    """
    rng = np.random.default_rng(SEED)
    learn, test = [], []
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        cut = int(np.clip(round(share * len(rows)), 1, len(rows) - 1))
        learn.append(rows[:cut])
        test.append(rows[cut:])
    return rng.permutation(np.concatenate(learn)), rng.permutation(np.concatenate(test))


def keep_placed(
    settings: Settings, owner: str, title: str, points: np.ndarray, labels: np.ndarray, share: float
) -> str:
    """Store placed points as a data set and return its id.

    Args:
        settings: Settings of this installation.
        owner: Hash of the owner's key.
        title: Name of the data set.
        points: float32 (n, 2).
        labels: The colour of each, int64 (n,), 0 to 5, of which those without a point are left out; or the number of
            each, float32 (n,).
        share: Share of the points to learn from, between 0 and 1.

    Raises:
        DatasetError: There is one class only or one number, a class has too few points, there are too many, the title
            is empty or too long, or the data cannot be written.
    """
    if lack := too_few(labels):
        raise DatasetError("there are too few points", expected=lack[0], received=lack[1])
    if len(points) > MOST:
        raise DatasetError("there are too many points", expected=f"at most {MOST:,}", received=f"{len(points):,}")
    is_number = labels.dtype.kind == "f"
    used, places = np.unique(labels, return_inverse=True)
    learn, test = split(np.zeros(len(labels), int) if is_number else places, share)
    y = labels.astype(np.float32) if is_number else places.astype(np.int64)
    parts = {"train": learn, "test": test}
    arrays = {f"x_{part}": points[rows].astype(np.float32) for part, rows in parts.items()}
    arrays |= {f"y_{part}": y[rows] for part, rows in parts.items()}
    target = _number(arrays["y_train"]) if is_number else _classes(used, arrays["y_train"])
    spec = DataSpec(PLANE, target, len(learn), len(test))
    card = own.begin(settings, owner, title, ARRAYS.id, {})
    try:
        write_prepared(settings, card.id, arrays, spec, title)
    except DatasetError:
        discard(settings, card.id)
        raise
    own.update(settings, card.id, accepted=True, notes={"read": True})
    return card.id


def too_few(labels: np.ndarray) -> tuple[str, str] | None:
    """Return what there must be before points can be learned, and what there is; None if there is enough."""
    used, counts = np.unique(labels, return_counts=True)
    if labels.dtype.kind == "f":
        is_enough = len(labels) >= LEAST and len(used) > 1
        found = f"{_counted(len(labels), 'point')} of {_counted(len(used), 'number')}" if len(labels) else "none"
        return None if is_enough else (f"{LEAST} points or more with different numbers", found)
    found = ", ".join(f"{count} {NAMES[label]}" for label, count in zip(used, counts, strict=True)) or "none"
    is_enough = len(used) > 1 and counts.min() >= LEAST_OF_CLASS
    return None if is_enough else (f"two colours with {LEAST_OF_CLASS} points or more each", found)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _classes(used: np.ndarray, labels: np.ndarray) -> Classes:
    return Classes(tuple(NAMES[label] for label in used), count_labels(labels, len(used)))


def _number(values: np.ndarray) -> Number:
    return Number("value", "", float(f"{values.mean():.6g}"), float(f"{values.std():.6g}") or 1.0)
