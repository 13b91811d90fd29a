"""Draw a network's answers over the plane, with examples on top."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from core.datasets.points.drawn import NAMES
from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.figures.colours import SERIES, rgb
from core.figures.pictures import Picture, colour, to_png

MESH = 60  # mesh points per axis
SIDE = 480  # pixels of the plane
SHOWN = 300  # examples
RADIUS = 4  # of an example, in pixels
COLOURS = np.array([rgb(of_class) for of_class in SERIES], np.float64)  # further classes repeat them
CSS_COLOURS = dict(zip(NAMES, SERIES, strict=True))  # for points drawn by class


def mesh() -> np.ndarray:
    """Return mesh points over the plane, float32 (MESH * MESH, 2), row by row from the bottom left."""
    at = np.linspace(-LIMIT, LIMIT, MESH, dtype=np.float32)
    x, y = np.meshgrid(at, at)
    return np.stack([x.ravel(), y.ravel()], 1)


def draw_surface(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw a network's answers over the plane, with examples in the colours of their targets.

    Args:
        arrays: `surface/answers` float32 (MESH * MESH, classes) or (MESH * MESH, 1), and `surface/points` (n, 2) with
            `surface/truth` (n,) if examples may be shown; or {}.
        spec: Data specification, for the target.
    """
    if "surface/answers" not in arrays:
        return []
    answers = arrays["surface/answers"].astype(np.float64)
    points, truth = arrays.get("surface/points", np.empty((0, 2))), arrays.get("surface/truth", np.empty(0))
    if isinstance(spec.target, Classes):
        pale, of_points = 255 - (255 - answers @ _of_class(np.arange(answers.shape[1]))) * 0.55, _of_class(truth)
        title, low, high = "Predicted class and confidence", 0.0, 1.0
    elif isinstance(spec.target, Number):
        low, high = spec.target.mean - 2 * spec.target.spread, spec.target.mean + 2 * spec.target.spread
        pale, of_points = _of_number(answers[:, 0], low, high), _of_number(truth, low, high)
        title = f"Predicted value, {low:.3g} to {high:.3g}"
    else:
        return []
    ground = pale.round().clip(0, 255).astype(np.uint8).reshape(MESH, MESH, 3)[::-1]
    picture = Image.fromarray(ground).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    for (x, y), ink in zip(_pixels(points), of_points.round().astype(int), strict=True):
        pen.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), tuple(int(part) for part in ink), (255, 255, 255))
    alt = f"{title}; the plane from -{LIMIT:g} to {LIMIT:g} on both axes" + (
        f", with {len(points)} examples" * bool(len(points))
    )
    rgba = np.dstack([np.asarray(picture), np.full((SIDE, SIDE), 255, np.uint8)])
    scale = "sequential" if isinstance(spec.target, Number) else "grey"
    return [Picture(title, to_png(rgba), SIDE, SIDE, alt, scale, low, high, 1)]


def _of_class(labels: np.ndarray) -> np.ndarray:
    colours: np.ndarray = COLOURS[np.asarray(labels, int) % len(COLOURS)]
    return colours


def _of_number(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return colour(np.asarray(values)[:, None], "sequential", low, high)[:, 0, :3].astype(np.float64)


def _pixels(points: np.ndarray) -> np.ndarray:
    return (np.asarray(points) * (1, -1) + LIMIT) / (2 * LIMIT) * SIDE
