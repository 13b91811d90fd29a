"""Read images from tables of pixels, like Kaggle's digits, and from pairs of `.npy` files."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from core.arrays import DAMAGE
from core.datasets.archives.zips import short
from core.datasets.arrays.files import check_count
from core.datasets.arrays.headers import check_headers, damaged, read_header
from core.datasets.arrays.images import LEAST_DEEP, SIDES, Layout, find_layout, find_scale, to_images
from core.datasets.classes.counts import settle_classes
from core.datasets.classes.labels import MOST_CLASSES, no_label, read_labels
from core.datasets.tables.cells import LABEL_NAMES, is_number
from core.datasets.tables.files import MOST_MB, read_csv
from core.datasets.texts.texts import file_size
from core.errors import DatasetError
from core.units import MB

INDEX_NAMES = frozenset(("", "index", "id", "idx", "row"))
MOST_SIDE = 128  # pixels of an image in a table; in colour these are 49,152 columns
_MOST_COLUMNS = 3 * MOST_SIDE**2 + 1 + MOST_CLASSES
_LABEL_PREFIX = re.compile(r"^(labels?|class|y|target|is)[ _.:-]+", re.IGNORECASE)


class Pictures(NamedTuple):
    """Labelled images.

    Args:
        images: uint8 (n, height, width, 1 or 3).
        labels: int64 (n,), indices into `classes`.
        classes: Names of the classes.
        said: Sentences about what was recognised.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    said: tuple[str, ...] = ()


def read_pixels(path: Path, name: str) -> Pictures:
    """Read square images from a text table with a label and the pixels, row by row, in each row.

    The label is in the column named label, class, y or target, else in the first or the last. A pixel has one number,
    or three for red, green and blue. A column that only numbers the rows is left out. One-hot labels are the first or
    the last columns, named after the classes.

    Args:
        path: Path of the file.
        name: File name as the user knows it.

    Raises:
        DatasetError: It is not such a table, is over a limit, or has too few classes with enough images.
    """
    if file_size(path, name) > MOST_MB * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {MOST_MB} MB")
    frame, said = _without_index(read_csv(path, name, _MOST_COLUMNS, _has_names))
    frame, ways = _with_one_label(frame)
    shape = _shape(frame.shape[1], name)
    if frame.empty:
        raise DatasetError(f"{short(name)} has no images", expected="a row for each image")
    place = _label_column(frame)
    labels, classes, more = _labels(frame.iloc[:, place], name)
    pixels = _as_pixels(frame.drop(columns=frame.columns[place]), name)
    scale = find_scale(pixels, short(name))
    said += [scale.said] if scale.said else []
    return _learnable(Pictures(to_images(pixels, Layout(shape), scale), labels, classes, (*said, *ways, *more)))


def read_npy_pair(images_path: Path, labels_path: Path, names: Sequence[str] = ()) -> Pictures:
    """Read images and labels from two `.npy` files.

    Args:
        images_path: File of images that `find_layout` and `find_scales` recognise.
        labels_path: File of labels that `read_labels` recognises.
        names: Names of the two files as the user knows them.

    Raises:
        DatasetError: A file is not `.npy`, damaged, too large or has other content, or the two do not match.
    """
    image_name, label_name = map(short, names or (images_path.name, labels_path.name))
    images, labels = _open_npy(images_path, image_name), _open_npy(labels_path, label_name)
    layout = find_layout(images.shape, image_name)
    found = read_labels({label_name: labels})
    check_count(label_name, len(found.parts[label_name]), image_name, len(images))
    scale = find_scale(images, image_name)
    said = [way.said for way in (layout, scale) if way.said]
    labels = found.parts[label_name]
    return _learnable(Pictures(to_images(images, layout, scale), labels, found.classes, (*said, *found.said)))


def _learnable(found: Pictures) -> Pictures:
    """Leave out classes with too few images, and say so.

    Raises:
        DatasetError: Too few classes remain.
    """
    kept, said = settle_classes(Counter(found.classes[label] for label in found.labels), {}, "images")
    if not said:
        return found
    places = [place for place, name in enumerate(found.classes) if name in kept]
    rows = np.isin(found.labels, places)
    labels, classes = np.searchsorted(places, found.labels[rows]), tuple(found.classes[place] for place in places)
    return Pictures(found.images[rows], labels, classes, (*found.said, *said))


def _has_names(cells: Sequence[str]) -> bool:
    """Return whether the first row names the columns; a single word may be a label."""
    words = sum(not is_number(cell) for cell in cells)
    return words > 1 or any(cell.strip().lower() in LABEL_NAMES for cell in cells)


def _shape(columns: int, name: str) -> tuple[int, int, int]:
    """Return height, width and channels of the images from the number of columns."""
    found = _square(columns)
    if found is not None:
        return found
    raise DatasetError(
        f"{short(name)} is not a table of square images",
        expected=f"a label and the pixels of {SIDES[0]}x{SIDES[0]} to {MOST_SIDE}x{MOST_SIDE}, one number each for "
        "grey or three for colour",
        received=_in_words(columns),
    )


def _square(columns: int) -> tuple[int, int, int] | None:
    """Return height, width and channels if the columns are a label and the pixels of a square image."""
    for channels in (1, 3):
        side = math.isqrt(max(columns - 1, 0) // channels)
        if side * side * channels == columns - 1 and SIDES[0] <= side <= MOST_SIDE:
            return side, side, channels
    return None


def _in_words(columns: int) -> str:
    """Return what a number of columns could mean: "785 columns: 1 label and 784 pixels = 28x28"."""
    for channels, colour in ((1, ""), (3, " in colour")):
        for labels, words in ((1, "1 label and "), (0, "no label and ")):
            side = math.isqrt((columns - labels) // channels)
            if side > 1 and side * side * channels == columns - labels:
                return f"{columns:,} columns: {words}{columns - labels:,} pixels = {side}x{side}{colour}"
    return f"{columns:,} columns"


def _label_column(frame: pd.DataFrame) -> int:
    """Return the index of the label column: by name, else one with words, else the first unless it is constant.

    A constant column is probably a corner pixel, which is often black.
    """
    named = [place for place, name in enumerate(frame.columns) if str(name).strip().lower() in LABEL_NAMES]
    if named:
        return named[0]
    last = frame.shape[1] - 1
    for place in (0, last):
        if not pd.api.types.is_numeric_dtype(frame.iloc[:, place]):
            return place
    return last if frame.iloc[:, 0].nunique() == 1 else 0


def _without_index(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out a first column that numbers the rows, if the others are a label and the pixels of an image."""
    title = str(frame.columns[0]).strip()
    unnamed = title.startswith(("Unnamed: ", "column "))
    if _square(frame.shape[1] - 1) is None or _square(frame.shape[1]) or not len(frame):
        return frame, []
    first = frame.iloc[:, 0]
    counts_on = first.dtype.kind in "iu" and bool((first.diff().iloc[1:] == 1).all())
    if not counts_on and not (first.is_unique and (unnamed or title.lower() in INDEX_NAMES)):
        return frame, []
    called = "The first column, which has no name and" if unnamed else f"The column {short(title)!r}, which"
    return frame.iloc[:, 1:], [f"{called} only numbers the rows, was left out."]


def _with_one_label(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Replace one-hot columns, the first or the last ones, by one column of labels."""
    columns = frame.shape[1]
    if _square(columns) is not None or "label" in frame.columns:
        return frame, []
    possible = [count for count in range(2, MOST_CLASSES + 1) if _square(columns - count + 1) is not None]
    for first, count in [*((0, count) for count in possible), *((columns - count, count) for count in possible)]:
        block = frame.iloc[:, first : first + count]
        if _is_one_hot(block):
            titles = [_LABEL_PREFIX.sub("", str(title)) for title in block.columns]
            without_names = all(str(title).startswith("column ") for title in block.columns)
            names = np.array(range(count) if without_names else titles, object)
            frame = frame.drop(columns=block.columns)
            frame.insert(0, "label", names[block.to_numpy().argmax(axis=1)])
            return frame, [f"The labels are one-hot: the column with the 1 among {count} is the class."]
    return frame, []


def _is_one_hot(block: pd.DataFrame) -> bool:
    if not len(block) or not all(kind.kind in "iufb" for kind in block.dtypes):
        return False
    return bool(block.isin((0, 1)).to_numpy().all()) and bool((block.sum(axis=1) == 1).all())


def _labels(column: pd.Series, name: str) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the labels of a column, their classes, and what was recognised."""
    called = f"{short(name)}: column {short(str(column.name))!r}"
    missing = column.isna().to_numpy()
    if missing.any():
        raise no_label(called, int(missing.argmax()))
    array = column.to_numpy() if column.dtype.kind in "iufb" else column.astype(str).to_numpy(object)
    labels = read_labels({called: array})
    return labels.parts[called], labels.classes, labels.said


def _as_pixels(frame: pd.DataFrame, name: str) -> np.ndarray:
    """Return numbers (n, pixels)."""
    kinds = np.array([dtype.kind for dtype in frame.dtypes])
    for place in map(int, np.flatnonzero(~np.isin(kinds, ["i", "u", "f", "b"]))):
        raise _bad_pixel(frame, int(pd.to_numeric(frame.iloc[:, place], errors="coerce").isna().argmax()), place, name)
    values: np.ndarray = frame.to_numpy()
    if values.dtype == object:  # numbers and booleans
        values = frame.astype(float).to_numpy()
    most = np.nanmax(values)
    for wrong in (~np.isfinite(values), values < (-1 if most <= 1 else 0), (values > 255) & (most < LEAST_DEEP)):
        if wrong.any():
            row, place = divmod(int(wrong.argmax()), values.shape[1])
            raise _bad_pixel(frame, row, place, name)
    return values


def _bad_pixel(frame: pd.DataFrame, row: int, place: int, name: str) -> DatasetError:
    value: Any = frame.iat[row, place]
    return DatasetError(
        f"{short(name)} has a pixel with an invalid value",
        expected="numbers from 0 to 255, 0 to 1 or -1 to 1",
        received=f"{'nothing' if pd.isna(value) else short(str(value))} in row {row + 1:,}, "
        f"column {short(str(frame.columns[place]))!r}",
    )


def _open_npy(path: Path, name: str) -> np.ndarray:
    """Open an array memory-mapped, after checking its header."""
    file_size(path, name)
    try:
        with path.open("rb") as file:
            header = read_header(file)
    except DAMAGE as error:
        raise damaged(name) from error
    check_headers({name: header})
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGE as error:
        raise damaged(name) from error
    return array
