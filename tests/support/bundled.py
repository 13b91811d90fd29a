"""Runs that can be taken away as bundles, and bundles that somebody has tampered with. Without TensorFlow."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from core.store import Run, Status, Store
from core.store.metrics import Point, Snapshot
from core.store.records import NewRun
from tests.support import tiny

STOCK = {
    "module": "keras.src.models.functional",
    "class_name": "Functional",
    "registered_name": "Functional",
    "config": {"layers": [{"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": None}]},
}


def finished(store: Store, owner: str = "ann", status: Status | None = Status.SUCCEEDED, **new: Any) -> Run:
    """Return a run on the tiny data that ended so, with all that a run has, or one that has not ended."""
    known = {"kind": "train", "dataset": "tiny", "name": "mine", "family": "cnn", "config": tiny.CONFIG.to_dict()}
    run = store.runs.submit(NewRun(**{**known, "owner": owner, "split_seed": 0, "dataset_version": "v1", **new}))
    claimed = store.runs.claim("train", host="that-host", slot=run.id, pid=1, device="CPU")
    assert claimed is not None
    files, random = store.files(run.id), np.random.default_rng(0)
    points = [Point(step, step // 4, step / 7, {"loss": 1 / (step + 1), "val_loss": 0.3}) for step in range(9)]
    store.metrics.append(run.id, points)
    for step in (0, 8):
        look = {
            "maps/conv_1": random.random((6, 6, 3)),
            "gallery/images": np.full((2, 8, 8, 1), 7, np.uint8),
            "gallery/labels": np.array([0, 2]),
            "gallery/probabilities": np.full((2, 3), 1 / 3, np.float32),
        }
        files.save_snapshot(
            step, {"weights/0000": random.random((3, 3, 1, 3)), "dead/conv_1": np.zeros(3, bool), **look}
        )
        store.metrics.add_snapshot(run.id, Snapshot(step, step // 4, step / 7))
    files.save_predictions(
        {"ids": np.arange(11), "y_true": np.zeros(11, np.int64), "probabilities_last": np.full((11, 3), 1 / 3)}
    )
    files.write_json("environment", {"keras": "3.15.1"})
    files.model.write_bytes(network())
    if status is not None:
        summary = {"steps_done": 8, "images_per_s": 100, "fit_s": 1.5, "test_accuracy_last": 0.5, "ended_by": ""}
        error = f"{store.settings.home}/runs is where it broke" if status is Status.FAILED else ""
        store.runs.move(run.id, status, lease=claimed.lease, summary=summary, error=error)
    return store.runs.get(run.id)


def network(described: object = STOCK, *, links_out: bool = False, **more: bytes) -> bytes:
    """Return a `.keras` file."""
    weights = io.BytesIO()
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.ones((4, 2), np.float32)
        if links_out:
            file["layers/dense/vars/1"] = h5py.ExternalLink("/etc/passwd", "/")
    return zipped(
        {"metadata.json": b"{}", "config.json": as_json(described), "model.weights.h5": weights.getvalue()} | more
    )


def as_json(said: object) -> bytes:
    return json.dumps(said).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """Return an `.npz` file, with pickles if an array needs them."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def read(path: Path) -> dict[str, bytes]:
    """Return the files of a bundle."""
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewrite(path: Path, changed: Mapping[str, bytes | None], **said: object) -> None:
    """Change files of a bundle, or remove those that are None, so that its manifest lists what is there then."""
    files = {name: data for name, data in {**read(path), **changed}.items() if data is not None}
    manifest = json.loads(files.pop("manifest.json"))
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in files.items()
    }
    path.write_bytes(zipped({**files, "manifest.json": as_json({**manifest, **said})}))


def changed(path: Path, file: str, /, **values: object) -> dict[str, bytes]:
    """Return a JSON file of a bundle with some values changed, for `rewrite`."""
    return {file: as_json({**json.loads(read(path)[file]), **values})}
