"""Points of the plane with a class or a number, drawn from a fixed seed, for watching a network's decision boundary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import PLANE
from core.datasets.points.points import SEED
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number, Target, count_labels
from core.settings import Settings

TRAIN, TEST = 1_000, 500
BLUE_ORANGE = ("blue", "orange")
Points = tuple[np.ndarray, np.ndarray]


def disc(rng: np.random.Generator, count: int) -> Points:
    """Return points of a disc (0) and of a ring around it (1): float64 (count, 2), and labels (count,)."""
    labels, angle = rng.integers(2, size=count), rng.uniform(0, 2 * np.pi, count)
    radius = np.where(labels == 0, rng.uniform(0, 0.5, count), rng.uniform(0.65, 1.1, count))
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), labels


def xor(rng: np.random.Generator, count: int) -> Points:
    """Return points of four squares, opposite ones in one class: float64 (count, 2), and labels (count,)."""
    points = rng.uniform(0.08, 1, (count, 2)) * rng.choice([-1, 1], (count, 2))
    return points, (points[:, 0] * points[:, 1] > 0).astype(int)


def gaussians(rng: np.random.Generator, count: int) -> Points:
    """Return points of two Gaussians that overlap a little: float64 (count, 2), and labels (count,)."""
    labels = rng.integers(2, size=count)
    centres = np.array([[-0.5, -0.4], [0.5, 0.4]])
    return centres[labels] + rng.normal(0, 0.3, (count, 2)), labels


def spirals(rng: np.random.Generator, count: int) -> Points:
    """Return points of two arms wound around each other: float64 (count, 2), and labels (count,)."""
    labels, along = rng.integers(2, size=count), rng.uniform(0.05, 1, count)
    angle = 3 * np.pi * along + np.pi * labels
    return along[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(0, 0.02, (count, 2)), labels


def moons(rng: np.random.Generator, count: int) -> Points:
    """Return points of two interlocking half circles: float64 (count, 2), and labels (count,)."""
    labels, angle = rng.integers(2, size=count), rng.uniform(0, np.pi, count)
    side = 1 - 2 * labels  # the second is upside down
    x, y = 0.65 * side * np.cos(angle) + 0.65 * labels - 0.3, 0.65 * side * np.sin(angle) + 0.15 * labels
    points = np.stack([x, y], 1)
    return points + rng.normal(0, 0.06, (count, 2)), labels


def petals(rng: np.random.Generator, count: int) -> Points:
    """Return points of six bent petals in three classes: float64 (count, 2), and labels (count,)."""
    petal, along = rng.integers(6, size=count), rng.uniform(0.1, 1.1, count)
    angle = petal * np.pi / 3 + 0.6 * along + rng.normal(0, 0.1, count)
    return along[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), petal % 3


def hills(rng: np.random.Generator, count: int) -> Points:
    """Return points of the plane and their heights over two hills and a valley: float64 (count, 2), (count,)."""
    points = rng.uniform(-1.2, 1.2, (count, 2))
    tops, sizes = np.array([[-0.6, 0.5], [0.6, 0.6], [0.2, -0.6]]), np.array([1.0, 0.7, -0.9])
    apart = np.square(points[:, None] - tops).sum(-1)
    return points, (sizes * np.exp(-apart / 0.25)).sum(1) + rng.normal(0, 0.03, count)


@dataclass(frozen=True)
class _Set:
    title: str
    draw: Callable[[np.random.Generator, int], Points]
    names: tuple[str, ...] = BLUE_ORANGE  # of the classes; empty if the target is a number


_SETS = {
    "disc": _Set("Points with classes: a disc in a ring", disc),
    "xor": _Set("Points with classes: XOR", xor),
    "gaussians": _Set("Points with classes: two Gaussians", gaussians),
    "spirals": _Set("Points with classes: two spirals", spirals),
    "moons": _Set("Points with classes: two moons", moons),
    "petals": _Set("Points with classes: petals of three", petals, ("blue", "orange", "green")),
    "hills": _Set("Points with a number: hills", hills, ()),
}


STARTS = {name: made.title.partition(": ")[2] for name, made in _SETS.items() if made.names}
STARTS_OF_NUMBERS = {name: made.title.partition(": ")[2] for name, made in _SETS.items() if not made.names}


def points_of_set(name: str, rng: np.random.Generator, count: int) -> Points:
    """Return new points of a set, one of `STARTS` or `STARTS_OF_NUMBERS`: float64 (count, 2), and targets (count,)."""
    return _SETS[name].draw(rng, count)


def _drawn(name: str) -> Arrays:
    made = _SETS[name]
    points, truth = made.draw(np.random.default_rng(SEED), TRAIN + TEST)
    points, truth = points.astype(np.float32), truth.astype(np.int64 if made.names else np.float32)
    return {"x_train": points[:TRAIN], "y_train": truth[:TRAIN], "x_test": points[TRAIN:], "y_test": truth[TRAIN:]}


def _target(name: str) -> Target:
    truth, names = _drawn(name)["y_train"], _SETS[name].names
    if names:
        return Classes(names, count_labels(truth, len(names)))
    return Number("height", "", float(f"{truth.mean():.6g}"), float(f"{truth.std():.6g}"))


def _program(name: str) -> str:
    """Return lines of Python that draw the same points."""
    made = _SETS[name]
    source = getsource(made.draw).replace(" -> Points", "").rstrip()
    dtype = "int64" if made.names else "float32"
    return "\n".join(
        [
            source,
            "",
            "",
            f"points, truth = {made.draw.__name__}(np.random.default_rng({SEED}), {TRAIN + TEST})",
            f'points, truth = points.astype("float32"), truth.astype("{dtype}")',
            f"x_train, x_test, y_train, y_test = points[:{TRAIN}], points[{TRAIN}:], truth[:{TRAIN}], truth[{TRAIN}:]",
        ]
    )


def _dataset(name: str) -> Dataset:
    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        return _drawn(name)

    return Dataset(
        id=name,
        title=_SETS[name].title,
        spec=DataSpec(PLANE, _target(name), TRAIN, TEST),
        split=f"{TRAIN:,} training points and {TEST:,} test points, drawn from a fixed seed.",
        source="drawn by Glassbox",
        licence="CC0",
        load=load,
        program=_program(name),
        split_seed=SEED,
    )


LABELLED = tuple(_dataset(name) for name in _SETS)
