"""Files of arrays: `.npz` with the keys of Keras or of MedMNIST, looked at before they are read; never pickles."""

from __future__ import annotations

import json
import math
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any

import numpy as np

from core.arrays import DAMAGE, read_npz
from core.datasets.dataset import Arrays, Dataset, Progress
from core.datasets.spec import DataSpec, count_labels
from core.errors import DatasetError
from core.settings import Settings
from core.units import MB

PREFIX = "file_"  # ids of data sets that are a file in the data folder
MOST_MB = 2_000  # of all arrays of a file
MOST_CLASSES = 100
SIDES = (8, 256)  # pixels
# Our array -> the file's arrays that are joined for it. MedMNIST's validation images are trained on here: a run
# holds back a share of its own.
STYLES: dict[str, dict[str, tuple[str, ...]]] = {
    "Keras": {name: (name,) for name in ("x_train", "y_train", "x_test", "y_test")},
    "MedMNIST": {
        "x_train": ("train_images", "val_images"),
        "y_train": ("train_labels", "val_labels"),
        "x_test": ("test_images",),
        "y_test": ("test_labels",),
    },
}
EXPECTED = "an .npz file with x_train, y_train, x_test and y_test, or with train_images, train_labels, ... as MedMNIST"


@dataclass(frozen=True)
class Header:
    """What a file says of one of its arrays: shape and type."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def megabytes(self) -> float:
        """Its size once it is read."""
        return math.prod(self.shape) * self.dtype.itemsize / MB


def read_arrays(path: Path, called: str = "") -> Arrays:
    """Read a whole file as `x_train y_train x_test y_test`: uint8 images NHWC, int64 labels.

    Args:
        path: Where it is.
        called: What the user calls it; its path if empty.

    Raises:
        DatasetError: It is no such file, is damaged, too big, or holds something else.
    """
    headers, where = read_headers(path, called), Path(called or path)
    sources = style_of(headers, where)
    used = [name for names in sources.values() for name in names]
    _check_headers({name: headers[name] for name in used}, where)
    try:
        found = read_npz(path, names=used)
        joined = {ours: np.concatenate([found[name] for name in names]) for ours, names in sources.items()}
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{where} cannot be read", expected=EXPECTED, received=str(error)) from error
    del found
    images = {part: as_images(joined[part], part, where) for part in ("x_train", "x_test")}
    labels = {part: as_labels(joined[part], part, where) for part in ("y_train", "y_test")}
    return {**images, **labels}


def read_headers(path: Path, called: str = "") -> dict[str, Header]:
    """Return what each array of an `.npz` file is, without reading it.

    Raises:
        DatasetError: It is no `.npz` file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.namelist() if member.endswith(".npy")]
            return {member.removesuffix(".npy"): _header(archive, member) for member in members[:100]}
    except FileNotFoundError:
        raise DatasetError(f"{called or path} is not there any more") from None
    except (ValueError, *DAMAGE) as error:
        raise DatasetError(f"{called or path} cannot be read", expected=EXPECTED, received=str(error)) from error


def _header(archive: zipfile.ZipFile, member: str) -> Header:
    with archive.open(member) as file:
        return _read_header(file)


def _read_header(file: IO[bytes]) -> Header:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return Header(shape, dtype)


def style_of(headers: Mapping[str, Header], path: Path) -> dict[str, tuple[str, ...]]:
    """Return which of the file's arrays make each of ours; those that are joined may be missing but the first.

    Raises:
        DatasetError: It has neither Keras' nor MedMNIST's keys.
    """
    for style in STYLES.values():
        if all(names[0] in headers for names in style.values()):
            return {ours: tuple(name for name in names if name in headers) for ours, names in style.items()}
    received = ", ".join(list(headers)[:8]) or "no arrays"
    raise DatasetError(f"{path} has no arrays of a known name", expected=EXPECTED, received=received)


def _check_headers(headers: Mapping[str, Header], path: Path) -> None:
    for name, header in headers.items():
        if header.dtype.hasobject:
            what = f"{path}: {name} holds Python objects, which are not read"
            raise DatasetError(what, expected="numbers", received=str(header.dtype))
    total = sum(header.megabytes for header in headers.values())
    if total > MOST_MB:
        name = max(headers, key=lambda name: headers[name].megabytes)
        what = f"{path}: {name} is too big" if len(headers) > 1 else f"{path} is too big"
        raise DatasetError(what, expected=f"at most {MOST_MB:,} MB in all", received=f"{total:,.0f} MB")


def as_images(array: np.ndarray, name: str, path: Path) -> np.ndarray:
    """Return images as uint8 (n, height, width, channels).

    Args:
        array: (n, height, width), with 1 or 3 channels after or before them; whole numbers 0-255.
        name, path: Where it comes from, for the error.

    Raises:
        DatasetError: It is something else.
    """
    where = f"{path}: {name}"
    if array.ndim == 3:
        array = array[..., None]
    elif array.ndim == 4 and array.shape[3] not in (1, 3) and array.shape[1] in (1, 3):
        array = array.transpose(0, 2, 3, 1)
    if array.ndim != 4 or array.shape[3] not in (1, 3) or not len(array):
        expected = "images (n, height, width), (n, height, width, 1) or (n, height, width, 3)"
        raise DatasetError(f"{where} has the wrong shape", expected=expected, received=str(array.shape))
    if not all(SIDES[0] <= side <= SIDES[1] for side in array.shape[1:3]):
        expected = f"sides of {SIDES[0]} to {SIDES[1]} pixels"
        raise DatasetError(f"{where} has images of the wrong size", expected=expected, received=str(array.shape[1:3]))
    if array.dtype.kind not in "ui" or array.min() < 0 or array.max() > 255:
        raise DatasetError(
            f"{where} has pixels of the wrong kind",
            expected="whole numbers from 0 to 255, as uint8",
            received=f"{array.dtype}, {array.min()} to {array.max()}"
            if array.dtype.kind in "uif"
            else str(array.dtype),
            fix="If they run from 0 to 1, multiply them by 255 and store them as uint8.",
        )
    return array.astype(np.uint8, copy=False)


def as_labels(array: np.ndarray, name: str, path: Path) -> np.ndarray:
    """Return labels as int64 (n,).

    Raises:
        DatasetError: They are no whole numbers from 0 to 99.
    """
    labels = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    good = labels.ndim == 1 and labels.dtype.kind in "ui" and len(labels)
    if not good or labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DatasetError(
            f"{path}: {name} holds no labels",
            expected=f"one whole number from 0 to {MOST_CLASSES - 1} for each image",
            received=f"{array.dtype} {array.shape}" + (f", {array.min()} to {array.max()}" if good else ""),
        )
    return labels.astype(np.int64)


# The data folder


def datasets_in(settings: Settings, known: frozenset[str]) -> dict[str, Dataset]:
    """Return the data sets that lie in the data folder as `.npz` files.

    Args:
        settings: Say which folder.
        known: Names of files that belong to data sets of the list.
    """
    paths = sorted(settings.data_dir.glob("*.npz")) if settings.data_dir.is_dir() else []
    found: dict[str, Dataset] = {}
    for dataset in (_described(path) for path in paths if path.name not in known):
        if dataset is not None:
            number = sum(key.rpartition("-")[0] == dataset.id or key == dataset.id for key in found)
            key = f"{dataset.id}-{number + 1}" if number else dataset.id  # two names that differ in signs only
            found[key] = replace(dataset, id=key)
    return found


def _described(path: Path) -> Dataset | None:
    beside = path.with_suffix(".json")
    try:
        stamps = tuple(p.stat().st_mtime_ns if p.exists() else 0 for p in (path, beside))
    except OSError:  # it has just gone
        return None
    return _describe(path, stamps)


@lru_cache(maxsize=200)
def _describe(path: Path, stamps: tuple[int, ...]) -> Dataset:
    joined = ""
    try:
        words = _words_beside(path)
        spec = _spec(path, words.get("classes"))
        sources = style_of(read_headers(path), path)
        program, problem = program_of(path.name, spec, sources), ""
        if len(sources["x_train"]) > 1:
            joined = " Its validation images are among those trained on; a run holds back a share of its own."
    except DatasetError as error:
        words, spec, program, problem = {}, DataSpec((0, 0, 1), (), 0, 0), "", str(error)
    return Dataset(
        id=PREFIX + re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_"),
        title=str(words.get("title", path.stem)),
        spec=spec,
        split=f"The file's own split: {spec.train_size:,} images are trained on, {spec.test_size:,} only tested on."
        + joined,
        source=str(words.get("source", f"{path.name} in this server's data folder")),
        licence=str(words.get("licence", "not said")),
        load=partial(_load, path),
        program=program,
        problem=problem,
        stamp=str(stamps[0]),
    )


def _words_beside(path: Path) -> dict[str, Any]:
    """Return what a JSON file beside it says: a list of class names, or `classes`, `title`, `source`, `licence`."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return {}
    try:
        words = json.loads(beside.read_text())
    except (OSError, ValueError) as error:
        raise DatasetError(f"{beside} cannot be read", expected="JSON", received=str(error)) from error
    return {"classes": words} if isinstance(words, list) else words if isinstance(words, dict) else {}


def _spec(path: Path, names: Any) -> DataSpec:
    """Return the shape of a file's images; only its labels are read."""
    headers = read_headers(path)
    sources = style_of(headers, path)
    shape = headers[sources["x_train"][0]].shape
    labels = {part: _labels(path, sources[part], part, headers) for part in ("y_train", "y_test")}
    count = 1 + max(int(part.max()) for part in labels.values())
    classes = tuple(map(str, names)) if isinstance(names, list) else tuple(map(str, range(count)))
    if len(classes) < max(count, 2) or len(set(classes)) < len(classes):
        raise DatasetError(
            f"{path.with_suffix('.json')} does not name the classes of {path.name}",
            expected=f"a list of {count} different names",
            received=f"{len(classes)} names",
        )
    blank = np.zeros((1, *shape[1:]), np.uint8) if len(shape) in (3, 4) and math.prod(shape[1:]) < 1e6 else np.zeros(1)
    sizes = (len(part) for part in labels.values())
    counts = count_labels(labels["y_train"], len(classes))
    return DataSpec(as_images(blank, "x_train", path).shape[1:], classes, *sizes, train_counts=counts)


def _labels(path: Path, names: tuple[str, ...], part: str, headers: Mapping[str, Header]) -> np.ndarray:
    _check_headers({name: headers[name] for name in names}, path)
    try:
        found = read_npz(path, names=names)
        arrays = [found[name] for name in names]
    except (OSError, ValueError, KeyError) as error:
        raise DatasetError(f"{path} cannot be read", expected=EXPECTED, received=str(error)) from error
    return as_labels(np.concatenate(arrays), part, path)


def _load(path: Path, settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    return read_arrays(path)


def program_of(name: str, spec: DataSpec, sources: Mapping[str, tuple[str, ...]]) -> str:
    """Return lines of Python that load a file of this name.

    Args:
        name: The file's.
        spec: What is in it.
        sources: Our array -> the file's arrays that make it.
    """
    lines = [
        f"data = np.load({name!r})  # {spec.train_size:,} training {spec.kind}, {spec.test_size:,} test {spec.kind}"
    ]
    for ours, names in sources.items():
        parts = ", ".join(f'data["{key}"]' for key in names)
        shape = f"reshape(-1, *{spec.input_shape})" if ours[0] == "x" else 'reshape(-1).astype("int64")'
        lines.append(f"{ours} = np.concatenate([{parts}]).{shape}")
    return "\n".join(lines) + "\n"
