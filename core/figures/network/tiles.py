"""Kernels, feature maps and answered images as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.datasets.spec import DataSpec
from core.figures.bars import draw_bars
from core.figures.colours import WRONG
from core.figures.names import BELOW
from core.figures.pictures import Picture, colour, framed_picture, grey_picture, to_png
from core.names import shortened

MAX_TILES = 64
MOST_NAMED, LONGEST_NAMED = 10, 2  # most classes with names under the bars, and most letters of a name
WIDE = 20  # pixels; wider tiles get fewer columns


def sheet(tiles: np.ndarray, columns: int) -> np.ndarray:
    """Arrange tiles (n, h, w) in rows, with one empty (NaN) pixel between them."""
    count, height, width = tiles.shape
    rows = -(-count // columns)
    out = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan, np.float32)
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + 1), (index % columns) * (width + 1)
        out[top : top + height, left : left + width] = tile
    return out


def draw_kernels(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each kernel array (kh, kw, channels_in, filters), averaged over its input channels."""
    return [_kernels(name, array) for name, array in arrays.items()]


def draw_feature_maps(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each layer's feature maps (h, w, channels), on one scale per layer."""
    return [_maps(name, array) for name, array in arrays.items()]


def draw_layers(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each layer's output: maps (h, w, channels) as tiles, numbers (units,) as bars."""
    return [_layer(name, array) for name, array in arrays.items()]


def draw_gallery(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw images with their class, the predicted class, and all probabilities as bars.

    Args:
        arrays: `gallery/images` uint8 (n, h, w, c), `gallery/labels` (n,), `gallery/probabilities` (n, classes); or {}.
        spec: Data specification, for the class names.
    """
    if not arrays:
        return []
    shown = (arrays[f"gallery/{name}"] for name in ("images", "labels", "probabilities"))
    return [_answered(image, int(label), row, spec.classes) for image, label, row in zip(*shown, strict=True)]


def draw_augmented(arrays: Mapping[str, np.ndarray], spec: DataSpec) -> list[Picture]:
    """Draw each image of arrays uint8 (n, h, w, c) as a picture."""
    return [
        grey_picture(image, f"the sample image, augmented, number {number}")
        for images in arrays.values()
        for number, image in enumerate(images, 1)
    ]


def _answered(image: np.ndarray, truth: int, probabilities: np.ndarray, classes: tuple[str, ...]) -> Picture:
    said = int(probabilities.argmax())
    is_right = said == truth
    is_, says = shortened(classes[truth], BELOW), shortened(classes[said], BELOW)
    title = f"{'Right' if is_right else 'Wrong'}: is {is_}, says {says}"
    title += f" ({100 * float(probabilities[said]):.0f} %)"
    picture = framed_picture(image, f"test image; {title}", "" if is_right else WRONG)
    are_named = len(classes) <= MOST_NAMED and max(map(len, classes)) <= LONGEST_NAMED
    bars = tuple(round(float(share), 4) for share in probabilities)
    return replace(picture, title=title, bars=bars, marked=truth, labels=classes if are_named else ())


def _layer(name: str, array: np.ndarray) -> Picture:
    if array.ndim > 1:
        return _maps(name, array)
    return draw_bars(f"{name.split('/')[-1]}: {len(array)} {'number' if len(array) == 1 else 'numbers'}", array)


def _kernels(name: str, kernels: np.ndarray) -> Picture:
    tiles = np.moveaxis(kernels.astype(np.float32).mean(axis=2), -1, 0)
    limit = float(np.abs(tiles).max()) or 1.0
    layer, (height, width) = name.split("/")[-1], tiles.shape[1:]
    title = f"{layer}: {len(tiles)} kernels of {height}x{width}"
    return _picture(title, tiles, "diverging", -limit, limit, f"{title}; blue is negative, orange positive")


def _maps(name: str, maps: np.ndarray) -> Picture:
    tiles = np.moveaxis(maps.astype(np.float32), -1, 0)
    low, high = min(float(tiles.min()), 0.0), float(tiles.max()) or 1.0
    layer, (height, width) = name.split("/")[-1], tiles.shape[1:]
    title = f"{layer}: {len(tiles)} {'map' if len(tiles) == 1 else 'maps'} of {height}x{width}"
    return _picture(title, tiles, "sequential", low, high, f"{title}; brighter is a stronger response")


def _picture(title: str, tiles: np.ndarray, scale: str, low: float, high: float, alt: str) -> Picture:
    if len(tiles) > MAX_TILES:
        title, tiles = f"{title}, the first {MAX_TILES}", tiles[:MAX_TILES]
    columns = min(len(tiles), 8 if tiles.shape[2] > WIDE else 16)
    values = sheet(tiles, columns)
    height, width = values.shape
    return Picture(title, to_png(colour(values, scale, low, high)), width, height, alt, scale, low, high, columns)
