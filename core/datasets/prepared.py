"""Prepared data: a folder of `.npy` arrays that open in milliseconds, memory-mapped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.data_folder import PREFIX
from core.datasets.dataset import Arrays, Dataset, Progress, prepared_folder
from core.datasets.download import fetch, find_files
from core.datasets.registry import find_dataset
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.settings import Settings

READY = "ready"
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
    """

    id: str
    version: str
    spec: DataSpec
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def is_prepared(settings: Settings, dataset_id: str) -> bool:
    """Return whether `open_prepared` would find the data set."""
    place = prepared_folder(settings, dataset_id)
    is_there = all((place / name).is_file() for name in ("about.json", "x_train.npy"))
    return is_there and (not dataset_id.startswith(PREFIX) or _is_current(settings, dataset_id))


def _is_current(settings: Settings, dataset_id: str) -> bool:
    """Return whether it was prepared from the file that is in the data folder now, or that file has gone."""
    try:
        about = json.loads((prepared_folder(settings, dataset_id) / "about.json").read_text())
        return about.get("stamp", "") == find_dataset(settings, dataset_id).stamp
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
    if dataset.problem:
        raise DatasetError(dataset.problem.rstrip("."))
    files = fetch(settings, dataset, progress)
    arrays = dataset.load(settings, files, progress)
    where = ", ".join(map(str, files.values())) or dataset_id
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
        DatasetError: They are something else, or cannot be written.
    """
    target = prepared_folder(settings, dataset_id)
    spec.check(arrays, where)
    version = _version(arrays)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{dataset_id}-", dir=target.parent))
    try:
        for key, array in {**{key: arrays[key] for key in ARRAYS}, **(extra or {})}.items():
            np.save(temporary / f"{key}.npy", np.ascontiguousarray(array))
        (temporary / "about.json").write_text(json.dumps({"version": version, "spec": spec.to_dict(), "stamp": stamp}))
        if target.exists() and not is_prepared(settings, dataset_id):  # what is left of a damaged or older one
            shutil.rmtree(target)
        os.replace(temporary, target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if not is_prepared(settings, dataset_id):  # else another process was faster
            raise DatasetError(f"{dataset_id} could not be written to {target}", received=str(error)) from error
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
        raise DatasetError(
            f"the prepared files of {dataset_id} are damaged",
            received=str(error),
            fix=f"Delete {place}; they are made anew.",
        ) from error
    return Prepared(dataset_id, version, spec, **arrays)


def _version(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in ARRAYS:
        digest.update(f"{key}{arrays[key].dtype}{arrays[key].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()[:16]
