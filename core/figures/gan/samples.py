"""Draw generated samples: images side by side, or points in the plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PIL import Image, ImageDraw

from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.figures.colours import BLUE, ORANGE, QUIET, rgb
from core.figures.pictures import Picture, grey_picture, to_png

COLUMNS = 8
GAP = 1  # pixels between images
SIDE = 560  # pixels of the plane
REAL, FAKE, MESH_INK = rgb(BLUE), rgb(ORANGE), rgb(QUIET)
DENSEST = 150  # of a shade, of 255


def lay_out(images: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Arrange images uint8 (n, h, w, c) in rows, with grey lines between them."""
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 128, np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + GAP), (index % columns) * (width + GAP)
        sheet[top : top + height, left : left + width] = image
    return sheet


def draw_samples(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw `samples/images` uint8 (n, h, w, c) as one sheet; [] without samples."""
    if "samples/images" not in arrays:
        return []
    images = arrays["samples/images"]
    return [grey_picture(lay_out(images), f"{len(images)} generated images")]


def draw_plane(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw real and generated points on a clear ground, for a light and a dark page; [] without points.

    Args:
        arrays: `plane/fake` (n, 2); for a run's snapshots also `plane/real` (n, 2), `plane/heat` (side, side), shares
            with the first row at the bottom, `plane/mesh` (rows, columns, 2), and `plane/arrows` (n, 2) at the first
            fakes; or {}.
        spec: Not used.
    """
    if "plane/fake" not in arrays:
        return []
    heat, fake = arrays.get("plane/heat", np.full((1, 1), 0.5)), arrays["plane/fake"]
    picture = Image.fromarray(_shades(heat[::-1]), "RGBA").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    pen = ImageDraw.Draw(picture)
    mesh = _pixels(arrays.get("plane/mesh", np.empty((0, 0, 2))))
    for line in [*mesh, *mesh.transpose(1, 0, 2)]:
        if len(line) > 1:
            pen.line([tuple(at) for at in line], fill=(*MESH_INK, 150), width=1)
    arrows = arrays.get("plane/arrows", np.empty((0, 2)))
    for start, end in zip(_pixels(fake[: len(arrows)]), _pixels(fake[: len(arrows)] + arrows), strict=True):
        pen.line([tuple(start), tuple(end)], fill=(*FAKE, 255), width=1)
    for points, ink in ((arrays.get("plane/real", fake[:0]), REAL), (fake, FAKE)):
        for x, y in _pixels(points):
            pen.ellipse((x - 2.5, y - 2.5, x + 2.5, y + 2.5), fill=(*ink, 255), outline=(255, 255, 255, 160))
    rgba = np.asarray(picture)
    words = "real points, generated points, the mapped noise grid, and the discriminator's answer at each place"
    return [Picture("", to_png(rgba), SIDE, SIDE, words, "grey", 0.0, 1.0, 1)]


def _shades(heat: np.ndarray) -> np.ndarray:
    """Return blue where points are real and orange where they are made, RGBA (h, w, 4): the surer, the denser."""
    rgba = np.empty((*heat.shape, 4), np.uint8)
    rgba[..., :3] = np.where(heat[..., None] < 0.5, FAKE, REAL)
    rgba[..., 3] = (np.abs(heat - 0.5) * 2 * DENSEST).round()
    return rgba


def _pixels(points: np.ndarray) -> np.ndarray:
    """Return the pixel positions of points (..., 2)."""
    x, y = points[..., 0], points[..., 1]
    return np.stack([(x + LIMIT) / (2 * LIMIT) * SIDE, (LIMIT - y) / (2 * LIMIT) * SIDE], -1)
