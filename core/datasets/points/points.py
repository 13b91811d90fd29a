"""Points of the plane, drawn from a fixed seed: distributions for watching a GAN learn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.features import PLANE
from core.datasets.spec import DataSpec
from core.datasets.targets import Nothing
from core.settings import Settings

TRAIN, TEST = 8_000, 2_000
SEED = 0
SPREAD = 0.05  # standard deviation of each cloud; the plane is about -1 to 1
LIMIT = 1.5  # of each axis, in figures and counts


def line(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points near a line, float64 (count, 2)."""
    along = rng.uniform(-0.9, 0.9, count)
    return np.stack([along, 0.6 * along], 1) + rng.normal(0, 0.03, (count, 2))


def clouds(rng: np.random.Generator, count: int, centres: np.ndarray, spread: float) -> np.ndarray:
    """Return points around centres (n, 2), equally likely, float64 (count, 2)."""
    return centres[rng.integers(len(centres), size=count)] + rng.normal(0, spread, (count, 2))


def circle(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points near a circle, float64 (count, 2)."""
    angle = rng.uniform(0, 2 * np.pi, count)
    return 0.8 * np.stack([np.cos(angle), np.sin(angle)], 1) + rng.normal(0, 0.03, (count, 2))


def regions(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points distributed evenly over three separate squares, float64 (count, 2)."""
    corners = np.array([[-0.9, -0.9], [0.3, -0.7], [-0.4, 0.3]])
    return corners[rng.integers(3, size=count)] + rng.uniform(0, 0.6, (count, 2))


def spiral(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return points near a spiral of one and a half turns, float64 (count, 2)."""
    angle = 3 * np.pi * np.sqrt(rng.uniform(0.05, 1, count))
    radius = angle / (3 * np.pi)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + rng.normal(0, 0.02, (count, 2))


# Centres of the clouds, by data set.
CENTRES: dict[str, np.ndarray] = {
    "two_gaussians": np.array([[-0.6, -0.3], [0.6, 0.3]]),
    "ring": 0.9 * np.array([[np.cos(turn), np.sin(turn)] for turn in np.arange(8) * np.pi / 4]),
    "grid": np.array([[x, y] for y in np.linspace(-1, 1, 5) for x in np.linspace(-1, 1, 5)]),
}
WIDTHS = {"two_gaussians": 0.15, "ring": SPREAD, "grid": SPREAD}

_SHAPES: dict[str, tuple[str, Callable[[np.random.Generator, int], np.ndarray] | None]] = {
    "line": ("Points: a line", line),
    "two_gaussians": ("Points: two Gaussians", None),
    "circle": ("Points: a ring", circle),
    "ring": ("Points: eight Gaussians in a ring", None),
    "grid": ("Points: a grid of 25 Gaussians", None),
    "regions": ("Points: three regions", regions),
    "spiral": ("Points: a spiral", spiral),
}


def _draw(name: str, rng: np.random.Generator, count: int) -> np.ndarray:
    shape = _SHAPES[name][1]
    drawn = clouds(rng, count, CENTRES[name], WIDTHS[name]) if shape is None else shape(rng, count)
    return drawn.astype(np.float32)


def _loader(name: str) -> Callable[[Settings, Mapping[str, Path], Progress], Arrays]:
    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        points = _draw(name, np.random.default_rng(SEED), TRAIN + TEST)
        labels = np.zeros(TRAIN + TEST, np.int64)
        return {
            "x_train": points[:TRAIN],
            "y_train": labels[:TRAIN],
            "x_test": points[TRAIN:],
            "y_test": labels[TRAIN:],
        }

    return load


def _program(name: str) -> str:
    """Return lines of Python that draw the same points."""
    shape = _SHAPES[name][1]
    call = f"{shape.__name__}(rng, {TRAIN + TEST})" if shape else f"clouds(rng, {TRAIN + TEST}, CENTRES, SPREAD)"
    source = getsource(shape or clouds).rstrip()
    if shape is None:
        source = f"CENTRES = np.array({CENTRES[name].tolist()!r})\nSPREAD = {WIDTHS[name]}\n\n\n{source}"
    return "\n".join(
        [
            source,
            "",
            "",
            f"rng = np.random.default_rng({SEED})",
            f"points = {call}.astype(np.float32)",
            f"x_train, x_test = points[:{TRAIN}], points[{TRAIN}:]",
        ]
    )


def _dataset(name: str) -> Dataset:
    return Dataset(
        id=name,
        title=_SHAPES[name][0],
        spec=DataSpec(PLANE, Nothing(), TRAIN, TEST),
        split=f"{TRAIN:,} training points and {TEST:,} test points, drawn from a fixed seed.",
        source="drawn by Glassbox",
        licence="CC0",
        load=_loader(name),
        program=_program(name),
        split_seed=SEED,
    )


POINTS = tuple(_dataset(name) for name in _SHAPES)
