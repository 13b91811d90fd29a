"""Check the unpacked files of a bundle, and make a run of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.arrays import DAMAGE, read_npz
from core.bundle import manifest
from core.bundle.manifest import AGAIN
from core.bundle.networks import check_networks
from core.bundle.record import check_settings, dataset_of, is_number, no_number, read_json, refuse, run_of
from core.bundle.unpack import MOST_JSON
from core.datasets.dataset import Dataset
from core.datasets.spec import DataSpec
from core.errors import ArtifactError, BundleError
from core.families import Family, find_family
from core.figures.network.frame import PREFIXES, make_frame
from core.store import Run
from core.store.artifacts import RunFiles
from core.store.recovery.keeping import read_numbers
from core.units import MB

MOST_NUMBERS = 200 * MB  # bytes that the numbers of a run unpack to
MOST_POINTS = 200_000
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
    record, card = read_json(folder, manifest.RUN), read_json(folder, manifest.DATA)
    run, original = run_of(record)
    dataset = dataset_of(card, run)
    check_settings(run, dataset)
    numbers = _numbers(folder)
    _check_snapshots(folder, numbers["snapshots"], run, dataset)
    check_networks(sorted(folder.glob("*.keras")))
    for name in _JSON:
        if (folder / name).is_file():
            read_json(folder, name)
    if dataset is not None and (folder / "predictions.npz").is_file():
        _check_predictions(folder, dataset.spec)
    return Contents(run, original, card if dataset else {"id": ""}, numbers)


def _numbers(folder: Path) -> dict[str, Any]:
    """Return the metrics and the snapshots of a run."""
    files, path = RunFiles(folder), folder / manifest.NUMBERS
    unpack = zlib.decompressobj(wbits=31)  # gzip
    try:
        text = unpack.decompress(path.read_bytes(), MOST_NUMBERS)
        if unpack.unconsumed_tail or not unpack.eof:
            refuse(manifest.NUMBERS, "it unpacks to too much, or is cut off")
        said = json.loads(text, parse_constant=no_number)
        found = read_numbers(files)
    except (ArtifactError, RecursionError, ValueError, zlib.error) as error:
        refuse(manifest.NUMBERS, error)
    rows = found["metrics"]
    if len(rows) > MOST_POINTS or not all(_is_point(row) for row in rows) or said.get("checkpoints"):
        refuse(manifest.NUMBERS, "a metric is no number, or there are too many")
    return {**found, "checkpoints": []}


def _is_point(row: Mapping[str, Any]) -> bool:
    values = row["values"].values()
    is_placed = row["step"] >= 0 and row["epoch"] >= 0 and row["wall_s"] >= 0
    return is_placed and all(map(is_number, values))


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
            refuse(f"the snapshot of step {step:,}", f"it cannot be drawn: {error}")


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
        refuse(name, error)
    if odd := [key for key, array in arrays.items() if array.dtype.kind not in "fiubU"]:
        refuse(name, f"{odd[0]} does not hold numbers")
    if sum(array.nbytes for array in arrays.values()) > 2 * path.stat().st_size + MOST_JSON:
        refuse(name, "it unpacks to far more than its size")
    return arrays


def _check_predictions(folder: Path, spec: DataSpec) -> None:
    """Check that the answers to test examples are as many as those, and of the data's classes."""
    name, arrays = "predictions.npz", _arrays(folder / "predictions.npz", "predictions.npz")
    try:
        ids, truth = arrays.pop("ids"), arrays.pop("y_true")
        count, most = len(ids), spec.num_classes
        each = (count, *spec.target.shape)
        shapes: dict[str, set[tuple[int, ...]]] = {
            "probabilities": {(count, most)},
            "values": {(count,), (count, 1)},
            "surprise": {each},
        }
        if not arrays or any(array.shape not in shapes[key.split("_")[0]] for key, array in arrays.items()):
            raise ValueError("the answers do not fit the data")
        if truth.shape != each or (most and not _are_indices(truth, most)):
            raise ValueError("the true answers do not fit the data")
        if ids.shape != (count,) or not _are_indices(ids, spec.test_size):
            raise ValueError("an answer is to no test example")
    except (KeyError, TypeError, ValueError) as error:
        refuse(name, error)


def _are_indices(array: np.ndarray, most: int) -> bool:
    return bool(array.dtype.kind in "iu" and len(array) and array.min() >= 0 and array.max() < most)
