"""Prepared data: a folder of `.npy` arrays that open in milliseconds, memory-mapped."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.registry import DATASETS, Dataset, find_dataset
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.settings import Settings

ARRAYS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Prepared:
    """A data set ready for use.

    Args:
        id: The data set.
        version: Hash of the arrays, so that a run can name exactly what it was trained on.
        spec: Shape, classes and sizes.
        x_train, x_test: uint8 (n, height, width, channels), memory-mapped.
        y_train, y_test: int64 (n,).
    """

    id: str
    version: str
    spec: DataSpec
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def folder(settings: Settings, dataset_id: str) -> Path:
    """Return where the prepared arrays of a data set lie."""
    return settings.home / "prepared" / dataset_id


def is_prepared(settings: Settings, dataset_id: str) -> bool:
    """Return whether `open_prepared` would find the data set."""
    return (folder(settings, dataset_id) / "info.json").is_file()


def usable(settings: Settings) -> dict[str, Dataset]:
    """Return the data sets that are prepared, or whose files are here."""
    return {key: d for key, d in DATASETS.items() if is_prepared(settings, key) or not d.missing(settings)}


def prepare(settings: Settings, dataset_id: str) -> str:
    """Load, check and write a data set's arrays; all of them or nothing.

    Returns:
        The version.

    Raises:
        DatasetError: The data set cannot be loaded or is not what it says.
    """
    dataset, target = find_dataset(dataset_id), folder(settings, dataset_id)
    if is_prepared(settings, dataset_id):
        return open_prepared(settings, dataset_id).version
    arrays = dataset.load(settings)
    dataset.spec.check(arrays, dataset_id)
    version = _version(arrays)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{dataset_id}-", dir=target.parent))
    try:
        for key in ARRAYS:
            np.save(temporary / f"{key}.npy", np.ascontiguousarray(arrays[key]))
        (temporary / "info.json").write_text(json.dumps({"version": version}))
        if target.exists() and not is_prepared(settings, dataset_id):  # what is left of a damaged one
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
    dataset, place = find_dataset(dataset_id), folder(settings, dataset_id)
    try:
        version = json.loads((place / "info.json").read_text())["version"]
        arrays = {key: np.load(place / f"{key}.npy", mmap_mode="r", allow_pickle=False) for key in ARRAYS}
    except FileNotFoundError:
        raise DatasetError(f"{dataset_id} has not been prepared yet") from None
    except (ValueError, KeyError, EOFError) as error:
        raise DatasetError(
            f"the prepared files of {dataset_id} are damaged",
            received=str(error),
            fix=f"Delete {place}; they are made anew.",
        ) from error
    return Prepared(dataset_id, version, dataset.spec, **arrays)


def _version(arrays: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for key in ARRAYS:
        digest.update(f"{key}{arrays[key].dtype}{arrays[key].shape}".encode())
        digest.update(np.ascontiguousarray(arrays[key]).data)
    return digest.hexdigest()[:16]
