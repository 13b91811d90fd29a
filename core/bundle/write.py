"""Write a run as a bundle, without what its data's owner does not want others to see."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from core.bundle import manifest
from core.bundle.manifest import Listed, Manifest
from core.datasets import find_dataset
from core.datasets.access import is_private, may_see
from core.datasets.own.carried import card_of, carried_card
from core.datasets.targets import Number
from core.errors import NotAllowedError, RunError
from core.families import find_family
from core.figures.network.frame import DEAD
from core.private import without_paths
from core.store import Run, Store
from core.store.artifacts import RunFiles

# Of its row; neither owner, machine nor place in a queue.
TOLD = (
    *("id", "name", "family", "preset", "dataset_version", "split_seed", "config", "status", "generation", "device"),
    *("branch_step", "created", "started", "finished", "progress", "summary", "note", "tags", "colour", "steering"),
)
WEIGHTS = "weights"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # time of every file, so that equal runs give equal bundles
PIECE = 2**20  # bytes


def check_bundle(store: Store, run: Run, actor: str) -> None:
    """Check that an actor may take a run away as a bundle.

    Raises:
        NotAllowedError: It learned from data that this actor may not see.
        RunError: It has not ended, or trains nothing.
    """
    if run.family is None:
        raise RunError(f"task {run.id} trains nothing, so there is no run to take away")
    if run.dataset and not may_see(store.settings, run.dataset, actor):
        raise NotAllowedError(
            f"run {run.id} learned from data that is private or deleted", fix="Only its owner can take it away."
        )
    if not run.status.is_final:
        raise RunError(f"run {run.id} has not ended", fix="Wait for its end, or stop it; then export it.")


def write_bundle(store: Store, run: Run, actor: str, path: Path) -> None:
    """Write a run as one ZIP file.

    The data set is named, not held. If it is private, what is computed from single examples is left out: pictures in
    the snapshots, and the answers to test examples if their true values would be told with them.

    Args:
        store: Store of the run.
        run: A training run that has ended.
        actor: Who takes it.
        path: The file to write.

    Raises:
        NotAllowedError, RunError: As `check_bundle`.
        DatasetError: The data is gone, and with it its shape.
        ArtifactError: A file of the run is damaged.
    """
    check_bundle(store, run, actor)
    listed: dict[str, Listed] = {}
    with TemporaryDirectory() as folder, zipfile.ZipFile(path, "w") as bundle:
        for name, part in _parts(store, run, Path(folder)):
            how = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            info, digest = zipfile.ZipInfo(name, EARLIEST), hashlib.sha256()
            info.compress_type, info.external_attr = how, 0o600 << 16
            with part.open("rb") as source, bundle.open(info, "w", force_zip64=True) as target:
                while piece := source.read(PIECE):
                    digest.update(piece)
                    target.write(piece)
            listed[name] = Listed(digest.hexdigest(), part.stat().st_size)
        info = zipfile.ZipInfo(manifest.NAME, EARLIEST)
        info.external_attr = 0o600 << 16
        bundle.writestr(info, Manifest(listed).to_json(), zipfile.ZIP_DEFLATED)


def _parts(store: Store, run: Run, folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the path of each file; those that are made for the bundle lie in the folder."""
    files, shown = store.files(run.id), RunFiles(folder)
    hides = bool(run.dataset) and is_private(store.settings, run.dataset)
    card = carried_card(store.settings, run.dataset) or _card(store, run, hides=hides)
    for name, said in ((manifest.RUN, _record(store, run)), (manifest.DATA, card)):
        (folder / name).write_text(json.dumps(said, indent=1))
        yield name, folder / name
    (folder / manifest.NUMBERS).write_bytes(gzip.compress(json.dumps(_numbers(store, run)).encode(), mtime=0))
    yield manifest.NUMBERS, folder / manifest.NUMBERS
    steps = {snapshot.step for snapshot in store.metrics.snapshots(run.id)}
    for name, path in files.portable():
        step = RunFiles.step_of(name)
        if step is not None and step not in steps:  # it was not finished
            continue
        if hides and step is not None:
            arrays = files.load_snapshot(step)
            shown.save_snapshot(step, {key: array for key, array in arrays.items() if _is_shown(run, key)})
            yield name, folder / name
        elif not (hides and name == "predictions.npz" and _tells_values(store, run)):
            yield name, path


def _record(store: Store, run: Run) -> dict[str, object]:
    came_from = run.parent or run.derived_from
    return {
        **{name: getattr(run, name) for name in TOLD},
        "error": without_paths(run.error, store.settings),
        "came_from": came_from,
    }


def _card(store: Store, run: Run, *, hides: bool) -> dict[str, object]:
    """Return what is told of the data; of data that only another program has, that there is none."""
    if not run.dataset:
        return {"id": ""}
    return card_of(find_dataset(store.settings, run.dataset), run.dataset_version, is_private=hides)


def _numbers(store: Store, run: Run) -> dict[str, object]:
    points = [
        {
            "step": point.step,
            "epoch": point.epoch,
            "wall_s": point.wall_s,
            "values": {name: value for name, value in point.values.items() if _is_number(value)},
        }
        for point in store.metrics.since(run.id)
    ]
    return {"metrics": points, "snapshots": [vars(snapshot) for snapshot in store.metrics.snapshots(run.id)]}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _is_shown(run: Run, name: str) -> bool:
    """Return whether an array of a snapshot tells nothing of single examples: weights, and views of them."""
    views = find_family(str(run.family)).views.values()
    shown = [view.prefix for view in views if not view.shows_data]
    return name.startswith((WEIGHTS, DEAD, *shown))


def _tells_values(store: Store, run: Run) -> bool:
    return isinstance(find_dataset(store.settings, run.dataset).spec.target, Number)
