"""Check the unpacked files of a bundle, and make a run of them."""

from __future__ import annotations

import json
import math
import re
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from core.arrays import DAMAGE, read_npz
from core.bundle import manifest
from core.bundle.manifest import AGAIN
from core.bundle.networks import check_networks
from core.bundle.unpack import MOST_JSON
from core.datasets import carried
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Dataset
from core.datasets.spec import DataSpec
from core.errors import ArtifactError, BundleError, ConfigError, DatasetError, RunError
from core.families import Family, config_of, find_family
from core.figures.colours import RUNS
from core.figures.network.frame import PREFIXES, make_frame
from core.store import Run, Status
from core.store.artifacts import RunFiles
from core.store.records import IMPORTED, new_id
from core.store.recovery.keeping import is_sound, read_numbers
from core.store.runs.catalog import LONGEST_NAME, LONGEST_NOTE, checked, checked_tags

MOST_NUMBERS = 200 * 1_000_000  # bytes that the numbers of a run unpack to
MOST_POINTS = 200_000
LONGEST_TEXT = 2_000  # characters of a text in a summary, and of an error
_DAY_S = 86_400.0
_WORDS = re.compile(r"[\w ,.:()/-]{0,64}")  # of an id, a version or a device: no markup
_ENDS = ("patience", "target_accuracy", "time_budget_s")
_JSON = ("environment.json", "judgement.json")


@dataclass(frozen=True, eq=False)
class Contents:
    """What a bundle holds, checked.

    Args:
        run: The run, with a new id; nobody owns it yet, and its data is not chosen.
        original: Its id where it was trained.
        card: What the bundle tells of its data.
        numbers: Its metrics and snapshots, as `RunFiles.write_numbers` takes them.
    """

    run: Run
    original: str
    card: Mapping[str, Any]
    numbers: Mapping[str, Any]


def check_contents(folder: Path) -> Contents:
    """Check all files of an unpacked bundle.

    Raises:
        BundleError: One of them is damaged, hostile, or does not fit the others.
    """
    record, card = _read(folder, manifest.RUN), _read(folder, manifest.DATA)
    run, original = _run(record)
    dataset = _dataset(card, run)
    _check_settings(run, dataset)
    numbers = _numbers(folder)
    _check_snapshots(folder, numbers["snapshots"], run, dataset)
    check_networks(sorted(folder.glob("*.keras")))
    for name in _JSON:
        if (folder / name).is_file():
            _read(folder, name)
    if dataset is not None and (folder / "predictions.npz").is_file():
        _check_predictions(folder, dataset.spec)
    return Contents(run, original, card if dataset else {"id": ""}, numbers)


def _refuse(name: str, why: object = "") -> NoReturn:
    raise BundleError(f"{name} in the bundle is damaged", received=str(why)[:200], fix=AGAIN)


def _read(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON file of one object, without numbers that are none."""
    path = folder / name
    if path.stat().st_size > MOST_JSON:
        _refuse(name, "it is too large")
    try:
        said = json.loads(path.read_bytes(), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        _refuse(name, error)
    return said if isinstance(said, dict) else _refuse(name, "no object")


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _run(said: Mapping[str, Any]) -> tuple[Run, str]:
    """Return the run of a record, and its id where it was trained."""
    try:
        original = str(said["id"])
        family = find_family(str(said["family"]))
    except ConfigError as error:
        raise BundleError(f"this run is of a kind that is not known here: {error}".rstrip(".")) from error
    except KeyError as error:
        _refuse(manifest.RUN, f"no {error}")
    try:
        if len(original) != len(new_id()) or not (original.isascii() and original.isalnum()):
            raise ValueError("its id is none")
        run = Run(
            **{name: said[name] for name in ("name", "family", "preset", "dataset_version", "split_seed", "config")},
            **{name: said[name] for name in ("device", "branch_step", "progress", "summary", "note", "tags", "colour")},
            **{name: said[name] for name in ("generation", "created", "started", "finished", "error")},
            status=Status(said["status"]),
            derived_from=said["came_from"],
            id=new_id(),
            kind="train",
            dataset="",
            owner="",
            after=None,
            parent=None,
            group=None,
            priority=0,
            host=None,
            slot=None,
            pid=None,
            lease=None,
            heartbeat=1,
            starred=False,
            published=False,
            subject=f"{original} {said['generation']}",
            origin=IMPORTED,
        )
        _check_row(run, family)
        config_of(run)
    except ConfigError as error:
        raise BundleError(f"the settings of this run are not those of a run here: {error}".rstrip(".")) from error
    except (RunError, KeyError, TypeError, ValueError) as error:
        _refuse(manifest.RUN, f"no {error}" if isinstance(error, KeyError) else error)
    return run, original


def _check_row(run: Run, family: Family) -> None:
    """Check that each column has a value that pages can show.

    Raises:
        RunError, ValueError: One has not.
    """
    if not is_sound(run) or not run.status.is_final:
        raise ValueError("a column has a value of another type, or the run has not ended")
    checked("a run's name", run.name, LONGEST_NAME, 1)
    checked("a note", run.note, LONGEST_NOTE)
    checked_tags(run.tag_names)
    words = (run.preset or "", run.dataset_version or "", run.derived_from or "", run.device or "")
    if len(run.error) > LONGEST_TEXT or not all(map(_WORDS.fullmatch, words)):
        raise ValueError("a text is too long, or has signs that it never has")
    if run.colour not in ("", *RUNS) or not _are_numbers(run.summary, "ended_by"):
        raise ValueError("a colour or a result is none")
    if not _are_numbers(run.progress, "phase", "metrics") or not _tells_step(run.progress):
        raise ValueError("its progress is none")
    if run.summary.get("ended_by") not in (None, "", "pruned", *(name for name in _ENDS if name in run.config)):
        raise ValueError("what ended it is no setting that ends runs")
    latest = time.time() + _DAY_S
    if any(moment is not None and not 0 <= moment <= latest for moment in (run.created, run.started, run.finished)):
        raise ValueError("it was trained in the future")


def _are_numbers(values: Mapping[str, object], *besides: str) -> bool:
    """Return whether all values are numbers or missing, besides some that are texts."""
    return all(
        value is None or _is_number(value) or (name in besides and len(str(value)) <= LONGEST_TEXT)
        for name, value in values.items()
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) < 1e300


def _tells_step(progress: Mapping[str, object]) -> bool:
    return not progress.get("total_steps") or _is_number(progress.get("step"))


def _dataset(card: Mapping[str, Any], run: Run) -> Dataset | None:
    """Return the data set that a bundle tells of; None of a run that another program trained."""
    if not find_family(str(run.family)).is_trained_here:
        return None
    try:
        if not (isinstance(card["id"], str) and card["id"]) or card["version"] != run.dataset_version:
            raise DatasetError("it is not the one of the run")
        dataset = carried.as_dataset("", card)
        size = math.prod(dataset.spec.input_shape) * (1 + dataset.spec.num_classes)
        if safe_names(dataset.spec.classes) != dataset.spec.classes:
            raise DatasetError("its classes have no names that can be shown")
        if not 0 < size < 1e10 or min(dataset.spec.train_size, dataset.spec.test_size) < 0:
            raise DatasetError("no network learns from data of this shape")
    except (DatasetError, KeyError, TypeError) as error:
        _refuse(manifest.DATA, error)
    return dataset


def _check_settings(run: Run, dataset: Dataset | None) -> None:
    if dataset is None:
        return
    config, family = config_of(run), find_family(str(run.family))
    try:
        if not family.takes(dataset.spec):
            raise ConfigError(f"{family.title} cannot learn from this data")
        config.validate(dataset.spec)
        family.networks(config, dataset.spec)
    except ConfigError as error:
        raise BundleError(f"the settings of this run are impossible: {error}".rstrip(".")) from error


def _numbers(folder: Path) -> dict[str, Any]:
    """Return the metrics and the snapshots of a run."""
    files, path = RunFiles(folder), folder / manifest.NUMBERS
    unpack = zlib.decompressobj(wbits=31)  # gzip
    try:
        text = unpack.decompress(path.read_bytes(), MOST_NUMBERS)
        if unpack.unconsumed_tail or not unpack.eof:
            _refuse(manifest.NUMBERS, "it unpacks to too much, or is cut off")
        said = json.loads(text, parse_constant=_no_number)
        found = read_numbers(files)
    except (ArtifactError, RecursionError, ValueError, zlib.error) as error:
        _refuse(manifest.NUMBERS, error)
    rows = found["metrics"]
    if len(rows) > MOST_POINTS or not all(_is_point(row) for row in rows) or said.get("checkpoints"):
        _refuse(manifest.NUMBERS, "a metric is no number, or there are too many")
    return {**found, "checkpoints": []}


def _is_point(row: Mapping[str, Any]) -> bool:
    values = row["values"].values()
    is_placed = row["step"] >= 0 and row["epoch"] >= 0 and row["wall_s"] >= 0
    return is_placed and all(map(_is_number, values))


def _check_snapshots(folder: Path, listed: Sequence[Mapping[str, Any]], run: Run, dataset: Dataset | None) -> None:
    """Check that the snapshots are those of the list, hold numbers only, and can be drawn."""
    found = {int(path.stem): path for path in sorted(folder.glob("snapshots/*.npz"))}
    if odd := sorted({row["step"] for row in listed} ^ set(found)):
        raise BundleError(f"the snapshot of step {odd[0]:,} is missing in the bundle, or in its list", fix=AGAIN)
    for path in found.values():
        _arrays(path, f"snapshots/{path.name}")
    if dataset is None:
        return
    for step in found:
        try:
            _draw(RunFiles(folder).load_snapshot(step), find_family(str(run.family)), dataset.spec)
        except DAMAGE as error:
            _refuse(f"the snapshot of step {step:,}", f"it cannot be drawn: {error}")


def _draw(arrays: Mapping[str, np.ndarray], family: Family, spec: DataSpec) -> None:
    """Draw all that pages draw of a snapshot, so that none of them comes upon what it does not expect."""
    for view in family.views.values():
        view.draw({name: array for name, array in arrays.items() if name.startswith(view.prefix)}, spec)
    make_frame({name: array for name, array in arrays.items() if name.startswith(PREFIXES)}, None, spec)


def _arrays(path: Path, name: str) -> dict[str, np.ndarray]:
    """Return the arrays of a file, which are plain numbers and no larger than the file."""
    try:
        arrays = read_npz(path)
    except ValueError as error:
        _refuse(name, error)
    if odd := [key for key, array in arrays.items() if array.dtype.kind not in "fiubU"]:
        _refuse(name, f"{odd[0]} does not hold numbers")
    if sum(array.nbytes for array in arrays.values()) > 2 * path.stat().st_size + MOST_JSON:
        _refuse(name, "it unpacks to far more than its size")
    return arrays


def _check_predictions(folder: Path, spec: DataSpec) -> None:
    """Check that the answers to test examples are as many as those, and of the data's classes."""
    name, arrays = "predictions.npz", _arrays(folder / "predictions.npz", "predictions.npz")
    try:
        ids, truth = arrays.pop("ids"), arrays.pop("y_true")
        count, most = len(ids), spec.num_classes
        shapes: dict[str, set[tuple[int, ...]]] = {"probabilities": {(count, most)}, "values": {(count,), (count, 1)}}
        if not arrays or any(array.shape not in shapes[key.split("_")[0]] for key, array in arrays.items()):
            raise ValueError("the answers do not fit the data")
        if truth.shape != (count,) or (most and not _are_indices(truth, most)):
            raise ValueError("the true answers do not fit the data")
        if ids.shape != (count,) or not _are_indices(ids, spec.test_size):
            raise ValueError("an answer is to no test example")
    except (KeyError, TypeError, ValueError) as error:
        _refuse(name, error)


def _are_indices(array: np.ndarray, most: int) -> bool:
    return bool(array.dtype.kind in "iu" and len(array) and array.min() >= 0 and array.max() < most)
