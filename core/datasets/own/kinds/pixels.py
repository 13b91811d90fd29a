"""A CSV with an image in each row: label and pixels, like Kaggle's digits."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.datasets.archives.zips import short
from core.datasets.dataset import Progress
from core.datasets.own.built import Built
from core.datasets.own.image_split import divided
from core.datasets.own.kinds.arrays import ARRAY_LIMITS, WAY
from core.datasets.own.kinds.files import only_file
from core.datasets.own.kinds.kind import DataKind
from core.datasets.tables.cells import LABEL_NAMES, is_number
from core.datasets.texts.texts import find_encoding
from core.errors import DatasetError

LEAST_SIDE = 8  # pixels; fewer columns are an ordinary table
_LOOKED_AT = 2_000_000  # characters of a CSV: a few rows of the largest images
_ROWS = 5
_NUMBERED = re.compile(r".*\d$")


def read_own_pixels(place: Path, options: Mapping[str, Any], progress: Progress) -> Built:
    """Read images from rows, and split them into training and test.

    Args:
        place: Folder of the one file.
        options: `name` of the file; `seed` of the split.
        progress: Receives the current step.

    Raises:
        DatasetError: The rows are not images.
    """
    from core.datasets.images.pixels import read_pixels

    progress("reading the pixels", 0.1)
    return divided(read_pixels(only_file(place), options["name"]), options["seed"], progress)


def is_table_of_pixels(path: Path) -> bool:
    """Return whether each row of a CSV is an image: a label and a square number of pixels, numbered or unnamed.

    Raises:
        DatasetError: The file cannot be read.
    """
    rows = _first_rows(path)
    if not rows:
        return False
    names, body = rows[0], rows[1:] or rows
    columns = len(names)
    is_nameless = sum(is_number(name) for name in names) >= columns - 2
    is_numbered = sum(bool(_NUMBERED.fullmatch(name.strip())) for name in names) >= columns - 2
    if not (is_nameless or is_numbered) or any(len(row) != columns for row in body):
        return False
    has_label = is_nameless or any(name.strip().lower() in LABEL_NAMES for name in names)
    is_picture = _is_square(columns - 1) or (_is_square(columns - 2) and has_label)  # with a column that counts rows
    return is_picture and all(_are_pixels(row) for row in body)


def _first_rows(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding=find_encoding(path, path.name), errors="replace", newline="") as file:
            text = file.read(_LOOKED_AT)
    except OSError as error:
        raise DatasetError(f"{short(path.name)} cannot be read", received=str(error.strerror)) from error
    lines = text.removeprefix("\ufeff").splitlines()[: _ROWS + 1]
    lines = lines[:-1] if len(text) == _LOOKED_AT and len(lines) <= _ROWS else lines  # the last may be incomplete
    separator = max(",;\t", key=lines[0].count) if lines else ","
    return [row for row in csv.reader(lines, delimiter=separator) if row]


def _is_square(pixels: int) -> bool:
    sides = ((math.isqrt(pixels // channels), channels) for channels in (1, 3))
    return any(side >= LEAST_SIDE and side * side * channels == pixels for side, channels in sides)


def _are_pixels(row: Sequence[str]) -> bool:
    """Return whether all cells except a label and a row number are in the range of pixels."""
    return sum(is_number(cell) and -1 <= float(cell) <= 255 for cell in row) >= len(row) - 2


KIND = DataKind(
    id="pixels",
    title="Pixels",
    takes="a .csv file of pixels",
    way=WAY,
    asks="`.csv`: a row for each image with its label and pixels, like Kaggle's digits.",
    limits=ARRAY_LIMITS,
    suffixes=(".csv",),
    likeness=lambda upload: 2 * is_table_of_pixels(upload.path),
    defaults={"seed": 0},
    read=read_own_pixels,
    page="pages._ui.data.kinds.images:VIEW",
)
