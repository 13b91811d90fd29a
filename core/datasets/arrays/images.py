"""Recognise images in arrays: as fractions, booleans, 10 to 16 bits, rows of pixels or with channels first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.arrays.headers import shape_of
from core.errors import DatasetError

SIDES = (8, 256)  # pixels
_BLOCK = 2**20  # pixels read or converted at once
_OVER = 1e-3  # rounding error by which fractions may leave their range
LEAST_DEEP = 2**9  # lowest maximum of images with 10 bits or more: no camera has 9, so a 256 is a mistake


@dataclass(frozen=True)
class Layout:
    """How an array holds images.

    Args:
        shape: Height, width and channels.
        channels_first: The array is (n, channels, height, width).
        said: A sentence if the layout is unusual.
    """

    shape: tuple[int, int, int]
    channels_first: bool = False
    said: str = ""


def find_layout(shape: tuple[int, ...], name: str) -> Layout:
    """Recognise the layout of images from the shape of their array.

    Args:
        shape: (n, height, width), with 1 or 3 channels after or before them, or (n, pixels of a square image).
        name: Name of the array, for messages.

    Raises:
        DatasetError: The shape is another one, or the sides are out of range.
    """
    layout = _layout(shape)
    if layout is None or not shape[0]:
        raise DatasetError(
            f"{name} has the wrong shape",
            expected="images (n, height, width), optionally with 1 or 3 channels, or rows of a square number of pixels",
            received=shape_of(shape),
        )
    height, width, _ = layout.shape
    if not all(SIDES[0] <= side <= SIDES[1] for side in (height, width)):
        expected = f"sides of {SIDES[0]} to {SIDES[1]} pixels"
        raise DatasetError(f"{name} has images of the wrong size", expected=expected, received=f"{height}x{width}")
    return layout


def _layout(shape: tuple[int, ...]) -> Layout | None:
    if len(shape) == 2 and shape[1] and (side := math.isqrt(shape[1])) ** 2 == shape[1]:
        return Layout((side, side, 1), said=f"Each row of {shape[1]:,} pixels is an image of {side}x{side}.")
    if len(shape) == 3:
        return Layout((shape[1], shape[2], 1))
    if len(shape) == 4 and shape[3] in (1, 3):
        return Layout((shape[1], shape[2], shape[3]))
    if len(shape) == 4 and shape[1] in (1, 3):
        return Layout((shape[2], shape[3], shape[1]), channels_first=True, said="Channels come first in the file.")
    return None


@dataclass(frozen=True)
class Scale:
    """The numbers of a file that stand for black and white; all others lie in between.

    Args:
        low, high: Numbers that become 0 and 255.
        said: A sentence if the numbers are converted.
    """

    low: float = 0
    high: float = 255
    said: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether only the type of the numbers changes."""
        return (self.low, self.high) == (0, 255)


def find_scales(blocks: Mapping[str, Iterable[np.ndarray]], dtypes: Mapping[str, np.dtype]) -> dict[str, Scale]:
    """Recognise the scale of each array; arrays of one type share a scale.

    Args:
        blocks: Name of each array -> its pixels in pieces, read only as far as needed.
        dtypes: Name of each array -> its data type.

    Raises:
        DatasetError: The numbers are not pixels.
    """
    ranges = {name: _range(blocks[name], dtypes[name], name) for name in blocks}
    scales: dict[str, Scale] = {}
    for dtype in set(dtypes.values()):
        alike = {name: found for name, found in ranges.items() if dtypes[name] == dtype}
        joined = _Range(
            min(found.low for found in alike.values()),
            max(found.high for found in alike.values()),
            all(found.whole for found in alike.values()),
        )
        scale = _scale(joined, dtype, next(iter(alike)))
        _check_alike(alike, scale)
        scales |= dict.fromkeys(alike, scale)
    return {name: scales[name] for name in blocks}


@dataclass(frozen=True)
class _Range:
    low: float
    high: float
    whole: bool

    @property
    def words(self) -> str:
        return f"{self.low:.6g} to {self.high:.6g}"


def _range(blocks: Iterable[np.ndarray], dtype: np.dtype, name: str) -> _Range:
    """Return the smallest and largest pixel; uint8 is read only until a pixel exceeds 1, which settles its range."""
    if dtype.kind not in "biuf":
        raise DatasetError(f"{name} does not hold pixels", expected="numbers", received=str(dtype))
    if dtype.kind == "b":
        return _Range(0, 1, True)
    low, high, whole = math.inf, -math.inf, True
    for block in blocks:
        least, most = float(block.min()), float(block.max())
        if not (math.isfinite(least) and math.isfinite(most)):
            fix = "Replace it by a number."
            raise DatasetError(f"{name} has a pixel that is not finite", received=f"{least + most}", fix=fix)
        low, high = min(low, least), max(high, most)
        whole = whole and (dtype.kind != "f" or not (block % 1).any())
        if dtype == np.uint8 and high > 1:
            return _Range(0, 255, True)
    return _Range(low, high, whole)


def find_scale(array: np.ndarray, name: str) -> Scale:
    """Recognise the scale of one array.

    Raises:
        DatasetError: The numbers are not pixels.
    """
    return find_scales({name: blocks_of(array)}, {name: array.dtype})[name]


def _scale(found: _Range, dtype: np.dtype, name: str) -> Scale:
    low, high = found.low, found.high
    if dtype.kind == "b":
        return Scale(0, 1, "Pixels are true or false; they were read as white and black.")
    if -1 - _OVER <= low < 0 and high <= 1 + _OVER:
        return Scale(-1, 1, "Pixels from -1 to 1 were scaled to 0 to 255.")
    if low >= 0 and high <= 1 + _OVER:
        return Scale(0, 1, "Pixels from 0 to 1 were multiplied by 255.") if high > 0 else Scale()
    if low >= 0 and high <= 255:
        kind = "" if found.whole else "Pixels are decimals from 0 to 255; they were rounded to whole numbers."
        return Scale(said=kind or ("Pixels are whole numbers stored as decimals." if dtype.kind == "f" else ""))
    bits = int(high).bit_length() if high < 2**16 else 99
    if low >= 0 and found.whole and high >= LEAST_DEEP and bits <= 16:
        return Scale(0, 2**bits - 1, f"Pixels with {bits} bits (up to {high:,.0f}) were scaled to 0 to 255.")
    raise DatasetError(
        f"{name} has pixels in an unknown range",
        expected="0 to 255, 0 to 1, -1 to 1, or whole numbers of 10 to 16 bits",
        received=f"{dtype.name}, {found.words}",
        fix="If they were standardised, save the original pixels.",
    )


def _check_alike(ranges: Mapping[str, _Range], scale: Scale) -> None:
    """Refuse images from 0 to 1 beside images from 0 to 255, since they would turn black."""
    if scale.high <= 1:
        return
    for name, found in ranges.items():
        if 0 < found.high <= 1:
            other = next(name for name in ranges if ranges[name].high > 1)
            received = f"{found.words} in {name}, {ranges[other].words} in {other}"
            raise DatasetError("the images of one file have different ranges", received=received)


def blocks_of(array: np.ndarray) -> Iterator[np.ndarray]:
    """Yield an array in blocks of rows, which avoids a copy of the whole."""
    rows = max(1, _BLOCK // max(1, math.prod(array.shape[1:])))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def to_images(array: np.ndarray, layout: Layout, scale: Scale) -> np.ndarray:
    """Return images as uint8 (n, height, width, channels).

    Args:
        array: Images as in the file.
        layout, scale: Results of `find_layout` and `find_scale`.
    """
    if layout.channels_first:
        array = array.transpose(0, 2, 3, 1)
    if array.dtype == np.uint8 and scale.is_plain:
        return np.array(array, order="C").reshape(-1, *layout.shape)
    images = np.empty((len(array), *layout.shape), np.uint8)
    start = 0
    for block in blocks_of(array):
        images[start : start + len(block)] = _scaled(block, scale).reshape(-1, *layout.shape)
        start += len(block)
    return images


def _scaled(block: np.ndarray, scale: Scale) -> np.ndarray:
    wide = (block.astype(np.float64) - scale.low) * 255 / (scale.high - scale.low)
    return np.rint(wide).clip(0, 255).astype(np.uint8)
