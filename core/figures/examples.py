"""A few examples of a data set as one small picture, for the wall of data."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from core.datasets.features import Series, Tokens, Vector
from core.datasets.points.points import LIMIT
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, Number
from core.figures.colours import GREY, SERIES, TRAINING, rgb
from core.figures.pictures import Picture, colour
from core.figures.sequences import as_curves, curve, shown_text, text_tile
from core.schedule.split import evenly_spread

MANY = 12  # examples, in 4 columns and 3 rows
POINTS = 300
SCALE = 2  # pixels of the file per CSS pixel, for sharp screens
TILE, GAP = 36 * SCALE, 2 * SCALE  # of an image
WIDTH, HEIGHT = 4 * TILE + 3 * GAP, 3 * TILE + 2 * GAP
PLANE = 136 * SCALE
MOST_COLUMNS = 6  # of a table
DOT = 3  # radius of a point
GROUND = (127, 127, 127, 28)  # on light and dark pages alike
QUIET = (*rgb(GREY), 150)
LIGHT, DARK = (232, 236, 239, 255), (43, 52, 63, 255)


def draw_examples(x: np.ndarray, y: np.ndarray, spec: DataSpec, title: str) -> Picture:
    """Draw twelve images, texts, series or rows of a table, or the plane with some of the points.

    Args:
        x: Training examples, (n, ...) as their features say.
        y: Their labels or numbers (n,).
        spec: Their description.
        title: Name of the data, for the alternative text.
    """
    if isinstance(spec.features, Tokens | Series):
        rows = few_of_each(y, spec)
        tiles = [_tile(np.asarray(x[row]), spec.features) for row in rows]
        return _picture(_montage(tiles), f"{title}: {len(rows)} of its {spec.kind}")
    if not isinstance(spec.features, Vector):
        rows = few_of_each(y, spec)
        return _picture(_montage([np.asarray(x[row]) for row in rows]), f"{title}: {len(rows)} of its images")
    if spec.features.is_point:
        rows = evenly_spread(np.arange(len(x)), POINTS)
        return _picture(_plane(x[rows], _inks(y[rows], spec)), f"{title}: {len(rows)} of its points")
    rows = few_of_each(y, spec)
    return _picture(_bars(x, rows, _inks(y[rows], spec)), f"{title}: {len(rows)} of its rows, a bar for each number")


def _tile(example: np.ndarray, features: Tokens | Series) -> np.ndarray:
    """Return a text, the first column of a series, or a sound as a picture, uint8 (TILE, TILE, 1)."""
    if isinstance(features, Tokens):
        return text_tile(shown_text(example, features), TILE)[..., None]
    if features.hearing is not None:
        return np.asarray(Image.fromarray(as_curves(example)[..., 0]).resize((TILE, TILE)))[..., None]
    return curve(example[:, 0], TILE, TILE)[..., None]


def draw_kind(spec: DataSpec, title: str) -> Picture:
    """Draw what kind of examples a data set has, before they can be seen."""
    if spec.is_image:
        shown = _shapes(is_colour=spec.input_shape[-1] == 3)
        return _picture(shown, f"{title}: images that are not here yet")
    cells, inks = (
        np.tile(np.array([[0.7, 0.45, 0.6, 0.3]]), (MANY, 1)),
        [(*rgb(SERIES[row % 3]), 150) for row in range(MANY)],
    )
    return _picture(_cells(cells, inks), f"{title}: {spec.kind} that are not here yet")


def few_of_each(y: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Return the numbers of at most twelve examples, of as many classes as possible in turn."""
    if not isinstance(spec.target, Classes):
        return np.arange(min(MANY, len(y)))
    labels, shown = np.asarray(y), evenly_spread(np.arange(spec.num_classes), MANY)
    found = [np.flatnonzero(labels == label)[:MANY] for label in shown]
    return np.array([rows[turn] for turn in range(MANY) for rows in found if turn < len(rows)][:MANY], int)


def _inks(y: np.ndarray, spec: DataSpec) -> list[tuple[int, ...]]:
    """Return a colour for each target: of its class, of its number, or one for all."""
    if isinstance(spec.target, Number):
        low, high = spec.target.mean - 2 * spec.target.spread, spec.target.mean + 2 * spec.target.spread
        return [tuple(map(int, ink)) for ink in colour(np.asarray(y)[:, None], "sequential", low, high)[:, 0]]
    of_class = [rgb(ink) for ink in SERIES] if spec.classes else [rgb(TRAINING)]
    return [(*of_class[int(label) % len(of_class)], 255) for label in y]


def _montage(images: Sequence[np.ndarray]) -> Image.Image:
    sheet = Image.new("RGBA", (WIDTH, HEIGHT))
    for place, pixels in zip(_places(), images, strict=False):
        image = Image.fromarray(pixels if pixels.shape[-1] == 3 else pixels[..., 0]).convert("RGB")
        side = max(image.size)
        if side < TILE:  # keep pixels visible
            grown = -(-TILE // side)
            image = image.resize((image.width * grown, image.height * grown), Image.Resampling.NEAREST)
        image.thumbnail((TILE, TILE), Image.Resampling.LANCZOS)
        left, top = place[0] + (TILE - image.width) // 2, place[1] + (TILE - image.height) // 2
        sheet.paste(image, (left, top))
    return sheet


def _places() -> list[tuple[int, int]]:
    return [(column * (TILE + GAP), row * (TILE + GAP)) for row in range(3) for column in range(4)]


def _shapes(*, is_colour: bool) -> Image.Image:
    """Return twelve simple things of four classes: coloured, or light on dark as digits are."""
    sheet, edge = Image.new("RGBA", (WIDTH, HEIGHT)), TILE // 5
    pen = ImageDraw.Draw(sheet)
    for place, (left, top) in enumerate(_places()):
        ink, ground = ((*rgb(SERIES[place % 4]), 255), GROUND) if is_colour else (LIGHT, DARK)
        pen.rectangle((left, top, left + TILE - 1, top + TILE - 1), ground)
        box = (left + edge, top + edge, left + TILE - edge, top + TILE - edge)
        match place % 4:
            case 0:
                pen.ellipse(box, ink)
            case 1:
                pen.rectangle(box, ink)
            case 2:
                pen.polygon([(box[0], box[3]), (left + TILE // 2, box[1]), (box[2], box[3])], ink)
            case _:
                pen.ellipse(box, None, ink, edge // 2)
    return sheet


def _plane(points: np.ndarray, inks: Sequence[tuple[int, ...]]) -> Image.Image:
    sheet = Image.new("RGBA", (PLANE, PLANE), GROUND)
    pen = ImageDraw.Draw(sheet)
    pen.line((0, PLANE // 2, PLANE, PLANE // 2), QUIET)
    pen.line((PLANE // 2, 0, PLANE // 2, PLANE), QUIET)
    for (x, y), ink in zip((points * (1, -1) + LIMIT) / (2 * LIMIT) * PLANE, inks, strict=True):
        pen.ellipse((x - DOT, y - DOT, x + DOT, y + DOT), ink)
    return sheet


def _bars(x: np.ndarray, rows: np.ndarray, inks: Sequence[tuple[int, ...]]) -> Image.Image:
    columns = evenly_spread(np.arange(x.shape[1]), MOST_COLUMNS)
    values = np.asarray(x[:, columns], float)
    low, high = values.min(axis=0), values.max(axis=0)
    return _cells((values[rows] - low) / np.where(high > low, high - low, 1), inks)


def _cells(shares: np.ndarray, inks: Sequence[tuple[int, ...]]) -> Image.Image:
    """Draw a table of shares (rows, columns), 0 to 1, as a bar in each cell."""
    sheet = Image.new("RGBA", (WIDTH, HEIGHT))
    pen, high, wide = ImageDraw.Draw(sheet), HEIGHT / len(shares), WIDTH / shares.shape[1]
    for row, (values, ink) in enumerate(zip(shares, inks, strict=True)):
        for column, share in enumerate(values):
            left, top, most = column * wide, row * high, wide - 2 * GAP
            pen.rectangle((left, top, left + most, top + high - GAP), GROUND)
            pen.rectangle((left, top, left + max(1, share * most), top + high - GAP), ink)
    return sheet


def _picture(sheet: Image.Image, alt: str) -> Picture:
    buffer, how = io.BytesIO(), dict[str, Any](quality=82, method=4)
    sheet.save(buffer, "WEBP", **how)
    return Picture("", buffer.getvalue(), sheet.width, sheet.height, alt, "grey", 0.0, 255.0, 1)
