"""Prepared data: a folder of `.npy` arrays that open in milliseconds, memory-mapped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.data_folder import PREFIX
from core.datasets.dataset import Arrays, Dataset, Progress, prepared_folder
from core.datasets.download import fetch, find_files
from core.datasets.registry import find_dataset
from core.datasets.spec import DataSpec
from core.errors import DatasetError, UnreachableError
from core.settings import Settings

READY = "ready"
DAMAGED = "damaged"  # a file that says so, until the data is prepared anew
COMPARED = "compared.json"  # the files whose hash was right, by size and time of change
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Prepared:
    """A data set ready for use.

    Args:
        id: The data set.
        version: Hash of the arrays, so that a run can name exactly what it was trained on.
        spec: Shape, classes and sizes.
        x_train, x_test: uint8 (n, height, width, channels) or float32 (n, coordinates), memory-mapped.
        y_train, y_test: int64 (n,).
        folder: Where these lie, and what else is kept of the data; None if it is in memory only.
    """

    id: str
    version: str
    spec: DataSpec
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    folder: Path | None = None


def is_prepared(settings: Settings, dataset_id: str) -> bool:
    """Return whether the data set is there and, by the sizes of its files, whole."""
    is_there = _seems_whole(prepared_folder(settings, dataset_id))
    return is_there and (not dataset_id.startswith(PREFIX) or _is_current(settings, dataset_id))


def _seems_whole(place: Path) -> bool:
    try:
        sizes = json.loads((place / "about.json").read_text()).get("sizes", {})
        found = {name: (place / f"{name}.npy").stat().st_size for name in ARRAYS}
    except (OSError, ValueError, AttributeError):
        return False
    return not (place / DAMAGED).exists() and all(sizes.get(name, size) == size for name, size in found.items())


def _is_current(settings: Settings, dataset_id: str) -> bool:
    """Return whether it was prepared from the file that is in the data folder now, or that file has gone."""
    try:
        about = json.loads((prepared_folder(settings, dataset_id) / "about.json").read_text())
        return bool(about.get("stamp", "") == find_dataset(settings, dataset_id).stamp)
    except (DatasetError, OSError, ValueError):
        return True


def is_checked(settings: Settings, dataset_id: str) -> bool:
    """Return whether what the `check` task finds is there."""
    return (prepared_folder(settings, dataset_id) / "check.json").is_file()


def state_of(settings: Settings, dataset: Dataset) -> str:
    """Say in a few words whether a data set can be used: `ready`, what it downloads, or why not."""
    if dataset.problem or is_prepared(settings, dataset.id):
        return dataset.problem or READY
    here = find_files(settings, dataset)
    megabytes = sum(file.megabytes for file in dataset.files if file.name not in here)
    return f"downloads {megabytes:,.0f} MB at first use" if megabytes else READY


def prepare(settings: Settings, dataset_id: str, progress: Progress = lambda words, share: None) -> str:
    """Fetch, load, check and write a data set's arrays; all of them or nothing.

    Args:
        settings: Of this installation.
        dataset_id: Which.
        progress: Told what is being done, and its share from 0 to 1.

    Returns:
        The version.

    Raises:
        DatasetError: The data set cannot be loaded or is not what it says.
    """
    dataset = find_dataset(settings, dataset_id)
    if is_prepared(settings, dataset_id):
        return open_prepared(settings, dataset_id).version
    dataset.check()
    files = fetch(settings, dataset, progress)
    arrays = dataset.load(settings, files, progress)
    where = ", ".join(path.name for path in files.values()) or dataset_id
    return write_prepared(settings, dataset_id, arrays, dataset.spec, where, stamp=dataset.stamp)


def write_prepared(
    settings: Settings,
    dataset_id: str,
    arrays: Arrays,
    spec: DataSpec,
    where: str,
    extra: Mapping[str, np.ndarray] | None = None,
    stamp: str = "",
) -> str:
    """Check and write a data set's arrays; all of them or nothing.

    Args:
        settings, dataset_id: Where to.
        arrays: `x_train y_train x_test y_test`.
        spec: What they are.
        where: What they come from, for the error.
        extra: More arrays to lie beside them, which do not count for the version.
        stamp: Of the file that they were read from.

    Returns:
        The version.

    Raises:
        DatasetError: They are something else.
        UnreachableError: They cannot be written.
    """
    target = prepared_folder(settings, dataset_id)
    spec.check(arrays, where)
    version = _version(arrays)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{dataset_id}-", dir=target.parent))
    try:
        for key, array in {**{key: arrays[key] for key in ARRAYS}, **(extra or {})}.items():
            np.save(temporary / f"{key}.npy", np.ascontiguousarray(array))
        sizes = {key: (temporary / f"{key}.npy").stat().st_size for key in ARRAYS}
        about = {"version": version, "spec": spec.to_dict(), "stamp": stamp, "sizes": sizes}
        (temporary / "about.json").write_text(json.dumps(about))
        (temporary / COMPARED).write_text(json.dumps(_stamps(temporary)))
        if target.exists() and not is_prepared(settings, dataset_id):  # what is left of a damaged or older one
            shutil.rmtree(target)
        os.replace(temporary, target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if not is_prepared(settings, dataset_id):  # else another process was faster
            raise UnreachableError(f"{dataset_id} could not be written", received=str(error.strerror)) from error
    return version


def open_prepared(settings: Settings, dataset_id: str) -> Prepared:
    """Open a prepared data set.

    Raises:
        DatasetError: It has not been prepared yet, or its files are damaged.
    """
    place = prepared_folder(settings, dataset_id)
    try:
        info = json.loads((place / "about.json").read_text())
        version, spec = info["version"], DataSpec.from_dict(info["spec"])
        arrays = {key: np.load(place / f"{key}.npy", mmap_mode="r", allow_pickle=False) for key in ARRAYS}
    except FileNotFoundError:
        raise DatasetError(f"{dataset_id} has not been prepared yet") from None
    except (ValueError, KeyError, TypeError, EOFError) as error:
        _mark_damaged(place)
        raise DatasetError(
            f"the prepared files of {dataset_id} are damaged", fix="They are made anew when somebody trains with them."
        ) from error
    return Prepared(dataset_id, version, spec, **arrays, folder=place)


def open_whole(settings: Settings, dataset_id: str, progress: Progress = lambda words, share: None) -> Prepared:
    """Open a data set whose arrays are what they were when they were made; else prepare it anew.

    Files that have not changed since they were last compared with their hash are not read again.

    Raises:
        DatasetError: It is damaged or missing, and what it was made of is gone too.
    """
    place = prepared_folder(settings, dataset_id)
    if is_prepared(settings, dataset_id) and not _is_whole(settings, dataset_id):
        _mark_damaged(place)
    prepare(settings, dataset_id, progress)
    return open_prepared(settings, dataset_id)


def _is_whole(settings: Settings, dataset_id: str) -> bool:
    place = prepared_folder(settings, dataset_id)
    stamps = _stamps(place)
    with suppress(OSError, ValueError):
        if json.loads((place / COMPARED).read_text()) == stamps:
            return True
    try:
        data = open_prepared(settings, dataset_id)
    except DatasetError:
        return False
    if _version({key: getattr(data, key) for key in ARRAYS}) != data.version:
        return False
    with suppress(OSError):  # then they are compared again
        (place / COMPARED).write_text(json.dumps(stamps))
    return True


def _stamps(place: Path) -> dict[str, list[int]]:
    found = {key: (place / f"{key}.npy").stat() for key in ARRAYS}
    return {key: [stat.st_size, stat.st_mtime_ns] for key, stat in found.items()}


def _mark_damaged(place: Path) -> None:
    with suppress(OSError):
        (place / DAMAGED).touch()


def _version(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in ARRAYS:
        digest.update(f"{key}{arrays[key].dtype}{arrays[key].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()[:16]
