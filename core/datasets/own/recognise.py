"""Files that somebody brings by their paths: what they are, found by name and content as the page's ways have it."""

from __future__ import annotations

import csv
import math
import re
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import IMAGE_SUFFIXES, LIMITS, read_folder
from core.datasets.archives.zips import files_of_zip, open_zip, short
from core.datasets.images.photos import Shaping
from core.datasets.own import own
from core.datasets.own.checks import ZIP
from core.datasets.own.sources import IMAGES, LABELS
from core.datasets.own.uploads import Upload
from core.datasets.sounds.sounds import WAVES
from core.datasets.tables.cells import LABEL_NAMES, is_number
from core.datasets.texts.texts import find_encoding
from core.errors import DatasetError
from core.units import MB

TABLES, TEXTS = (".tsv", ".parquet", ".xlsx"), (".txt", ".md", ".py", ".html")
TAKEN = "a ZIP or a folder of class folders, a .npz, two .npy, a .csv, .tsv, .parquet, .xlsx, or a text"
LEAST_SIDE = 8  # pixels; less is a table with few columns
_LOOKED_AT = 2_000_000  # characters of a CSV: a few rows of the largest pictures
_ROWS = 5
_NUMBERED = re.compile(r".*\d$")


@dataclass(frozen=True)
class Brought:
    """What was recognised.

    Args:
        kind: As of a `Card`.
        options: As of a `Card`.
        title: What to call it if nobody says.
        files: Where each raw file lies, by its name there; a folder by an empty name.
    """

    kind: str
    options: dict[str, Any]
    title: str
    files: dict[str, Path]


def recognise(paths: Sequence[Path], shaping: Shaping, *, target: str | None = None) -> Brought:
    """Find out what files are.

    Args:
        paths: One file or folder, or two `.npy` files.
        shaping: How photos are to be made to fit.
        target: The column to be predicted; what has one is a table.

    Raises:
        DatasetError: There is no such file, or nothing learns from such files.
    """
    for path in paths:
        if not path.exists():
            raise DatasetError(f"there is no file {short(str(path))}")
    if len(paths) == 2 and {path.suffix.lower() for path in paths} == {".npy"}:
        return _pair(*paths)
    if len(paths) != 1:
        received = ", ".join(short(path.name) for path in paths[:5])
        raise DatasetError("these files are no data set together", expected=f"one of {TAKEN}", received=received)
    [path] = paths
    kind = _kind(path, target)
    return Brought(kind, _options(kind, path, shaping, target), _title(path), {_raw_name(path): path})


def _kind(path: Path, target: str | None) -> str:
    suffix = path.suffix.lower()
    if path.is_dir():
        return _photos_or_sounds(file.suffix for file in path.rglob("*"))
    if suffix == ".zip":
        with open_zip(path, path.name) as archive:
            return _photos_or_sounds(Path(file.name).suffix for file in files_of_zip(archive)[0])
    if target is not None and suffix in (".csv", *TABLES, *TEXTS):
        return "table"
    if suffix == ".csv":
        return "pixels" if is_table_of_pixels(path) else "table"
    kinds = {".npz": "arrays", **dict.fromkeys(TABLES, "table"), **dict.fromkeys(TEXTS, "text")}
    if suffix not in kinds:
        raise _not_taken(path)
    return kinds[suffix]


def _not_taken(path: Path) -> DatasetError:
    suffix = path.suffix.lower()
    fix = "One .npy file holds images or labels: bring both." if suffix == ".npy" else ""
    if suffix in IMAGE_SUFFIXES or suffix in WAVES.suffixes:
        fix = "Put the files of each class into a folder of its own, and bring the folder of these folders."
    return DatasetError(f"{short(path.name)} is no data set that can be read", expected=TAKEN, fix=fix)


def _photos_or_sounds(suffixes: Iterable[str]) -> str:
    found = [suffix.lower() for suffix in islice(suffixes, 3 * LIMITS.files)]
    sounds, images = (sum(suffix in kind for suffix in found) for kind in (WAVES.suffixes, IMAGE_SUFFIXES))
    return "sounds" if sounds > images else "photos"


def _options(kind: str, path: Path, shaping: Shaping, target: str | None) -> dict[str, Any]:
    if target is not None and kind != "table":
        raise DatasetError(f"{short(path.name)} is no table, so it has no column to predict", fix="Leave out --target.")
    if kind == "photos":
        return {"side": shaping.side, "fit": shaping.fit, "channels": shaping.channels, "seed": 0}
    named = {"name": path.name, "seed": 0} if kind == "pixels" else {"name": path.name}
    return {**named, "target": target} if target is not None else named


def _raw_name(path: Path) -> str:
    if path.is_dir():
        return ""
    return ZIP if path.suffix.lower() == ".zip" else f"upload{path.suffix.lower()}"


def _title(path: Path) -> str:
    return " ".join(path.resolve().stem.split())[: own.LONGEST_TITLE] or "My data"


def _pair(one: Path, other: Path) -> Brought:
    images, labels = tell_pair(*(Upload(path.name, path, path.stat().st_size) for path in (one, other)))
    options = {"seed": 0, "names": [images.name, labels.name]}
    return Brought("pair", options, _title(images.path), {IMAGES: images.path, LABELS: labels.path})


def tell_pair(one: Upload, other: Upload) -> tuple[Upload, Upload]:
    """Return images and labels: told by name; where that says nothing, the smaller file has the labels."""
    images, labels = sorted((one, other), key=lambda file: (_is_called_labels(file.name.lower()), -file.size_bytes))
    return images, labels


def _is_called_labels(name: str) -> bool:
    return "label" in name or name.startswith("y")


def is_table_of_pixels(path: Path) -> bool:
    """Return whether a CSV has a picture in each row: a label beside a square number of pixels, numbered or nameless.

    Raises:
        DatasetError: It cannot be read.
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
    lines = lines[:-1] if len(text) == _LOOKED_AT and len(lines) <= _ROWS else lines  # the last may be cut
    separator = max(",;\t", key=lines[0].count) if lines else ","
    return [row for row in csv.reader(lines, delimiter=separator) if row]


def _is_square(pixels: int) -> bool:
    sides = ((math.isqrt(pixels // channels), channels) for channels in (1, 3))
    return any(side >= LEAST_SIDE and side * side * channels == pixels for side, channels in sides)


def _are_pixels(row: Sequence[str]) -> bool:
    """Return whether all cells but a label and a row's number are in the range of pixels."""
    return sum(is_number(cell) and -1 <= float(cell) <= 255 for cell in row) >= len(row) - 2


def copy_to(brought: Brought, place: Path) -> None:
    """Copy what was recognised to where raw files lie.

    Args:
        brought: What.
        place: A folder that is there and empty.

    Raises:
        DatasetError: It cannot be read or written, or is too large.
    """
    try:
        for name, path in brought.files.items():
            if path.is_dir():
                _check_folder(path, brought.kind)
                shutil.copytree(path, place, symlinks=True, ignore=_specials, dirs_exist_ok=True)
            elif path.stat().st_size > LIMITS.unpacked_mb * MB:
                raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {LIMITS.unpacked_mb:,} MB")
            else:
                shutil.copyfile(path, place / name)
    except OSError as error:  # shutil.Error too
        raise DatasetError("the files cannot be copied", received=str(error.strerror or error)[:200]) from error


def _check_folder(path: Path, kind: str) -> None:
    read: Callable[..., object] = read_folder
    read(path, WAVES) if kind == "sounds" else read(path)


def _specials(folder: str, names: list[str]) -> list[str]:
    """Return which names are pipes or devices: whoever copies one waits for ever."""
    kinds = {name: (Path(folder) / name).lstat().st_mode for name in names}
    return [
        name for name, mode in kinds.items() if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
    ]
