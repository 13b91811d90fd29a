"""Finished runs of tiny networks of several families, ready to be exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from core.families import find_family
from core.jobs.work import Work
from core.store import Run, Status, Store
from core.store.metrics import Point, Snapshot
from core.store.records import SERVER, NewRun
from tests.support import tiny

if TYPE_CHECKING:
    import keras


def network_of(family_id: str, config: Any, spec: Any) -> keras.Model:
    """Return the main network of a family at random weights, with its moving statistics set."""
    import keras

    from core.models.network import build_network

    keras.utils.set_random_seed(5)
    described = find_family(family_id).networks(config, spec)[0]
    return build_network(described.specs, described)


def finished(store: Store, family_id: str = "cnn", config: Any = tiny.CONFIG, spec: Any = tiny.SPEC) -> Run:
    """Return a run that ended with the network of `network_of` as its best, before a last one of zeros."""
    from core.training.snapshots import weights_of

    new = NewRun(kind="train", dataset="tiny", owner="ann", name="mine", family=family_id, config=config.to_dict())
    run = store.runs.submit(new)
    claimed = store.runs.claim("train", host="here", slot=run.id, pid=1)
    assert claimed is not None
    network = network_of(family_id, config, spec)
    name = find_family(family_id).networks(config, spec)[0].id
    store.metrics.append(run.id, [Point(0, 0, 0.0, {"loss": 2.0}), Point(1, 0, 0.5, {"loss": 1.0, "accuracy": 0.25})])
    best = weights_of(network, name)
    for step, arrays in ((1, best), (2, {key: np.zeros_like(array) for key, array in best.items()})):
        store.files(run.id).save_snapshot(step, arrays)
        store.metrics.add_snapshot(run.id, Snapshot(step, 0, float(step)))
    store.runs.move(run.id, Status.SUCCEEDED, lease=claimed.lease, summary={"best_step": 1})
    return store.runs.get(run.id)


def task(store: Store, run: Run, format_id: str) -> Work:
    """Return the export of a run as a worker has claimed it."""
    asked = {"run": run.id, "format": format_id}
    store.runs.submit(NewRun(kind="export", dataset="tiny", owner=SERVER, name="Export", config=asked))
    claimed = store.runs.claim("export", host="here", slot=f"export-{format_id}", pid=1)
    assert claimed is not None
    return Work(store, claimed, "CPU")
