"""The data folder: each `.npz` file is a data set, described without reading it completely."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from core.datasets.archives.zips import short
from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.arrays.program import program_of
from core.datasets.classes.labels import name_classes, only_tested
from core.datasets.dataset import Arrays, Dataset, Progress, prepared_folder
from core.datasets.features import Image
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes, count_labels
from core.errors import DatasetError
from core.settings import Settings
from core.units import MB

PREFIX = "file_"  # of the ids of data sets from the data folder


def datasets_in(settings: Settings, known: frozenset[str]) -> dict[str, Dataset]:
    """Return the data sets of the `.npz` files in the data folder, by id.

    Args:
        settings: Settings with the folder's path.
        known: Names of files to skip, because they belong to registered data sets.
    """
    paths = sorted(settings.data_dir.glob("*.npz")) if settings.data_dir.is_dir() else []
    found: dict[str, Dataset] = {}
    for path in paths:
        dataset = _described(path) if path.name not in known else None
        if dataset is not None:
            number = sum(key.rpartition("-")[0] == dataset.id or key == dataset.id for key in found)
            key = f"{dataset.id}-{number + 1}" if number else dataset.id  # names that differ only in punctuation
            found[key] = _as_prepared(settings, path, replace(dataset, id=key))
    return found


def _described(path: Path) -> Dataset | None:
    beside = path.with_suffix(".json")
    try:
        stamps = tuple(p.stat().st_mtime_ns if p.exists() else 0 for p in (path, beside))
    except OSError:  # it was deleted just now
        return None
    return _describe(path, stamps)


@lru_cache(maxsize=200)
def _describe(path: Path, stamps: tuple[int, ...]) -> Dataset:
    try:
        words, problem = _words_beside(path), ""
        spec, program, said = _look(path, words.get("classes"))
    except DatasetError as error:
        words, problem = {}, str(error)
        spec, program, said = DataSpec(Image(0, 0, 1), Classes(()), 0, 0), "", []
    sizes = f"{spec.train_size:,} training images, {spec.test_size:,} test images."
    return Dataset(
        id=PREFIX + re.sub(r"[^a-z0-9]+", "_", path.stem.lower()).strip("_"),
        title=short(str(words.get("title", _title_of(path.stem)))),
        spec=spec,
        split=" ".join((f"The file's own split: {sizes}", *said)),
        source=str(words.get("source", f"{path.name} in this server's data folder")),
        licence=str(words.get("licence", "not stated")),
        load=partial(_load, path),
        program=program,
        problem=problem,
        stamp=str(stamps[0]),
    )


def _title_of(stem: str) -> str:
    """Return a title from a file's name: spaces between its words, and the usual spelling of two families of data."""
    title = re.sub(r"[_\s-]+", " ", stem).strip()
    title = re.sub(r"cifar ?(\d+)", r"CIFAR-\1", title, flags=re.IGNORECASE)
    title = re.sub("mnist", "MNIST", title, flags=re.IGNORECASE)
    return f"{title[:1].upper()}{title[1:]}"


def _as_prepared(settings: Settings, path: Path, dataset: Dataset) -> Dataset:
    """Return a data set with the classes of its runs: data that an older version prepared keeps its empty classes."""
    try:
        about = json.loads((prepared_folder(settings, dataset.id) / "about.json").read_text())
        spec = DataSpec.from_dict(about["spec"])
    except (OSError, ValueError, KeyError, TypeError):
        return dataset
    if dataset.problem or about.get("stamp") != dataset.stamp or spec.num_classes <= dataset.spec.num_classes:
        return dataset
    return replace(dataset, spec=spec, program=_program_before(path, dataset.stamp, spec))


@lru_cache(maxsize=200)
def _program_before(path: Path, stamp: str, spec: DataSpec) -> str:
    plan = plan_arrays(path, path.name)
    as_they_are = replace(plan.labels, values=tuple(range(spec.num_classes)))
    return program_of(path.name, spec, replace(plan, labels=as_they_are))


def _words_beside(path: Path) -> dict[str, Any]:
    """Read the JSON file beside it: a list of class names, or `classes`, `title`, `source`, `licence`."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return {}
    try:
        if beside.stat().st_size > MB:
            raise DatasetError(f"{beside.name} is too large", expected="at most 1 MB")
        words = json.loads(beside.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{beside.name} cannot be read", expected="JSON", received=short(str(error))) from error
    return {"classes": words} if isinstance(words, list) else words if isinstance(words, dict) else {}


def _look(path: Path, names: object) -> tuple[DataSpec, str, list[str]]:
    """Return a file's spec, its program, and sentences about what was recognised."""
    plan = plan_arrays(path, path.name)
    y_train, y_test, classes = plan.labels_of("train"), plan.labels_of("test"), plan.labels.classes
    if names is not None:
        classes = name_classes(plan.labels.values, names, path.with_suffix(".json").name)
    counts = count_labels(y_train, len(classes))
    spec = DataSpec(Image(*plan.input_shape), Classes(classes, counts), len(y_train), len(y_test))
    joined = "Its validation images are part of the training images; each run holds out its own share."
    said = [joined] if len(plan.sources["x_train"]) > 1 else []
    said += [*plan.said, *only_tested(y_train, y_test, classes)]
    return spec, program_of(path.name, spec, plan), said


def _load(path: Path, settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    return read_arrays(path, path.name, plan_arrays(path, path.name))
