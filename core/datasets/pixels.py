"""Pictures as tables of pixels, as Kaggle's digits are, and as pairs of `.npy` files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.archives import check_classes, natural_key
from core.datasets.array_files import MOST_MB, SIDES, Header, as_images, as_labels
from core.datasets.table_files import MOST_MB as MOST_TABLE_MB
from core.datasets.table_files import is_number, read_csv
from core.datasets.texts import file_size
from core.datasets.zips import MB, short
from core.errors import DatasetError

LABEL_NAMES = frozenset(("label", "labels", "class", "y", "target"))
MOST_SIDE = 128  # pixels, of a picture in a table: in colour that has 49,152 columns of them
_MOST_COLUMNS = 3 * MOST_SIDE**2 + 1

Pictures = tuple[np.ndarray, np.ndarray, tuple[str, ...]]


def read_pixels(path: Path, name: str, side_hint: int | None = None) -> Pictures:
    """Read square pictures from a table of text: a row is a label and the pixels, row by row.

    The label is in the column that is called label, class, y or target; else in the first or the last. A pixel has one
    number from 0 to 255, or three for red, green and blue.

    Args:
        path: Where it lies.
        name: What the user calls it.
        side_hint: Height and width in pixels that the pictures must have, if known.

    Returns:
        Images uint8 (n, side, side, 1 or 3); labels int64 (n,), indices into the classes; names of the classes.

    Raises:
        DatasetError: It is no such table, over a limit, or there are too few classes or pictures of one.
    """
    if file_size(path, name) > MOST_TABLE_MB * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {MOST_TABLE_MB} MB")
    frame = read_csv(path, name, _MOST_COLUMNS, _has_names)
    shape = _shape(frame.shape[1], name, side_hint)
    if frame.empty:
        raise DatasetError(f"{short(name)} has no pictures", expected="a row for each picture")
    place = _label_column(frame)
    pixels = _as_pixels(frame.drop(columns=frame.columns[place]), name)
    labels, classes = _encode(frame.iloc[:, place], name)
    return pixels.reshape(-1, *shape), labels, classes


def read_npy_pair(images_path: Path, labels_path: Path) -> Pictures:
    """Read pictures and their labels from two `.npy` files.

    Args:
        images_path: uint8 (n, height, width), with 1 or 3 channels after or before them.
        labels_path: (n,) or (n, 1): whole numbers from 0 to 99, or words.

    Returns:
        Images uint8 (n, height, width, 1 or 3); labels int64 (n,), indices into the classes; names of the classes.

    Raises:
        DatasetError: One is no such file, damaged, too large, or holds something else, or they do not belong together.
    """
    images, labels = _open_npy(images_path), _open_npy(labels_path)
    if images.shape[:1] != labels.shape[:1]:
        received = f"arrays {images.shape} and {labels.shape}"
        raise DatasetError("the two files do not belong together", expected="a label for each image", received=received)
    words = labels.reshape(-1) if labels.dtype.kind == "U" else as_labels(labels, "it", Path(labels_path.name))
    numbers, classes = _encode(pd.Series(words), labels_path.name)
    pixels = as_images(images, "it", Path(images_path.name))
    return np.array(pixels, order="C"), numbers, classes


def _has_names(cells: Sequence[str]) -> bool:
    """Return whether the first row names the columns: a word label alone does not make it so."""
    words = sum(not is_number(cell) for cell in cells)
    return words > 1 or any(cell.strip().lower() in LABEL_NAMES for cell in cells)


def _shape(columns: int, name: str, side_hint: int | None) -> tuple[int, int, int]:
    """Return height, width and channels of pictures from the number of columns."""
    least = max(SIDES[0], side_hint or 0)
    most = min(MOST_SIDE, side_hint or MOST_SIDE)
    for channels in (1, 3):
        side = math.isqrt((columns - 1) // channels)
        if side * side * channels == columns - 1 and least <= side <= most:
            return side, side, channels
    raise DatasetError(
        f"{short(name)} is no table of square pictures",
        expected="a label and the pixels of "
        + (f"{side_hint}x{side_hint}" if side_hint else f"{SIDES[0]}x{SIDES[0]} to {MOST_SIDE}x{MOST_SIDE}")
        + ", once for grey or three times for colour",
        received=_in_words(columns),
    )


def _in_words(columns: int) -> str:
    """Say what a number of columns could mean: "785 columns: 1 label and 784 pixels = 28x28"."""
    for channels, colour in ((1, ""), (3, " in colour")):
        for labels, words in ((1, "1 label and "), (0, "no label and ")):
            side = math.isqrt((columns - labels) // channels)
            if side > 1 and side * side * channels == columns - labels:
                return f"{columns:,} columns: {words}{columns - labels:,} pixels = {side}x{side}{colour}"
    return f"{columns:,} columns"


def _label_column(frame: pd.DataFrame) -> int:
    """Return the place of the labels: by name; else where there are words; else the first, unless it is all the same.

    A corner of a picture often is: it is black.
    """
    named = [place for place, name in enumerate(frame.columns) if str(name).strip().lower() in LABEL_NAMES]
    if named:
        return named[0]
    last = frame.shape[1] - 1
    for place in (0, last):
        if not pd.api.types.is_numeric_dtype(frame.iloc[:, place]):
            return place
    return last if frame.iloc[:, 0].nunique() == 1 else 0


def _as_pixels(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return whole numbers from 0 to 255 as uint8 (n, pixels)."""
    kinds = np.array([dtype.kind for dtype in frame.dtypes])
    for place in map(int, np.flatnonzero(~np.isin(kinds, ["i", "u", "f", "b"]))):
        raise _bad_pixel(frame, int(pd.to_numeric(frame.iloc[:, place], errors="coerce").isna().argmax()), place, name)
    values = frame.to_numpy()
    wrong = ~((values >= 0) & (values <= 255))  # a missing one too
    if values.dtype.kind == "f":
        wrong |= values % 1 != 0
    if wrong.any():
        row, place = divmod(int(wrong.argmax()), values.shape[1])
        raise _bad_pixel(frame, row, place, name)
    return np.ascontiguousarray(values.astype(np.uint8))


def _bad_pixel(frame: pd.DataFrame, row: int, place: int, name: str) -> DatasetError:
    value: Any = frame.iat[row, place]
    fraction = isinstance(value, float) and 0 < value < 1
    return DatasetError(
        f"{short(name)} has a pixel that is none",
        expected="whole numbers from 0 to 255",
        received=f"{'nothing' if pd.isna(value) else short(str(value))} in row {row + 1:,}, "
        f"column {short(str(frame.columns[place]))!r}",
        fix="If they run from 0 to 1, multiply them by 255 and round them." if fraction else "",
    )


def _encode(column: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return labels as indices into the classes, which come as people count."""
    missing = column.isna().to_numpy()
    if missing.any():
        raise DatasetError(f"{short(name)} has no label in row {int(missing.argmax()) + 1:,}", fix="Name its class.")
    whole = column.dtype.kind == "f" and bool((column % 1 == 0).all())
    words = (column.astype(np.int64) if whole else column).astype(str).str.strip()
    check_classes(Counter(words))
    classes = sorted(words.unique(), key=natural_key)
    return pd.Categorical(words, classes).codes.astype(np.int64), tuple(classes)


def _open_npy(path: Path) -> np.ndarray:
    """Open an array whose header is right, without reading it: its file is mapped."""
    if file_size(path, path.name) > MOST_MB * MB:
        raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {MOST_MB:,} MB")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (EOFError, MemoryError, OSError, OverflowError, SyntaxError, TokenError, TypeError, ValueError) as error:
        raise _no_npy(path) from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise _no_npy(path)
    header = Header(array.shape, array.dtype)
    if header.megabytes > MOST_MB:
        received = f"{header.megabytes:,.0f} MB"
        raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {MOST_MB:,} MB", received=received)
    return array


def _no_npy(path: Path) -> DatasetError:
    fix = "Save one array of numbers with numpy.save."
    return DatasetError(f"{short(path.name)} is damaged, or no .npy file that can be read", fix=fix)
