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
DAMAGED = "damaged"  # file that marks damaged data until it is prepared again
COMPARED = "compared.json"  # sizes and modification times of the files when their hash was last correct
ARRAYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Prepared:
    """A data set ready for use.

    Args:
        id: Id of the data set.
        version: Hash of the arrays, which identifies exactly what a run was trained on.
        spec: Shape, classes and sizes.
        x_train, x_test: uint8 (n, height, width, channels) or float32 (n, numbers), memory-mapped.
        y_train, y_test: int64 or float32 (n,).
        folder: Folder of these files and of what else is kept of the data; None if it is in memory only.
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
    """Return whether the data set is prepared and its files have the right sizes."""
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
    """Return whether it was prepared from the current file in the data folder, or that file was deleted."""
    try:
        about = json.loads((prepared_folder(settings, dataset_id) / "about.json").read_text())
        return bool(about.get("stamp", "") == find_dataset(settings, dataset_id).stamp)
    except (DatasetError, OSError, ValueError):
        return True


def is_checked(settings: Settings, dataset_id: str) -> bool:
    """Return whether the findings of the `check` task exist."""
    return (prepared_folder(settings, dataset_id) / "check.json").is_file()


def state_of(settings: Settings, dataset: Dataset) -> str:
    """Return the state of a data set in a few words: `ready`, what it downloads, or why it cannot be used."""
    if dataset.problem or is_prepared(settings, dataset.id):
        return dataset.problem or READY
    here = find_files(settings, dataset.files)
    megabytes = sum(file.megabytes for file in dataset.files if file.name not in here)
    return f"downloads {max(megabytes, 1):,.0f} MB at first use" if megabytes else READY


def prepare(settings: Settings, dataset_id: str, progress: Progress = lambda words, share: None) -> str:
    """Download, load, check and write a data set's arrays, all of them or none.

    Args:
        settings: Settings of this installation.
        dataset_id: Id of the data set.
        progress: Receives the current step and the share done, from 0 to 1.

    Returns:
        The version.

    Raises:
        DatasetError: The data set cannot be loaded or does not match its spec.
        UnreachableError: A file cannot be downloaded, or the arrays cannot be written.
    """
    dataset = find_dataset(settings, dataset_id)
    if is_prepared(settings, dataset_id):
        return open_prepared(settings, dataset_id).version
    dataset.check()
    files = fetch(settings, dataset.files, progress)
    spec = dataset.spec
    if dataset.learn is None:
        arrays = dataset.load(settings, files, progress)
    else:
        arrays, spec = dataset.learn(settings, files, progress)
    where = ", ".join(path.name for path in files.values()) or dataset_id
    return write_prepared(settings, dataset_id, arrays, spec, where, stamp=dataset.stamp)


def write_prepared(
    settings: Settings,
    dataset_id: str,
    arrays: Arrays,
    spec: DataSpec,
    where: str,
    extra: Mapping[str, np.ndarray] | None = None,
    stamp: str = "",
) -> str:
    """Check and write a data set's arrays, all of them or none.

    Args:
        settings, dataset_id: Destination.
        arrays: `x_train y_train x_test y_test`.
        spec: Expected shapes, types and classes.
        where: Origin of the arrays, for the error.
        extra: More arrays to store beside them; the version does not depend on them.
        stamp: Stamp of the file that they were read from.

    Returns:
        The version.

    Raises:
        DatasetError: The arrays do not match `spec`.
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
        if target.exists() and not is_prepared(settings, dataset_id):  # a damaged or outdated copy
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
        DatasetError: It is not prepared yet, or its files are damaged.
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
            f"the prepared files of {dataset_id} are damaged", fix="Train on this data: that prepares it again."
        ) from error
    return Prepared(dataset_id, version, spec, **arrays, folder=place)


def open_whole(settings: Settings, dataset_id: str, progress: Progress = lambda words, share: None) -> Prepared:
    """Open a data set after checking its hash; prepare it again if the arrays have changed.

    Files that are unchanged since the last check are not read again.

    Raises:
        DatasetError: It is damaged or missing, and its source is gone too.
        UnreachableError: A file cannot be downloaded, or the arrays cannot be written.
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
    with suppress(OSError):  # the next call then hashes them again
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
