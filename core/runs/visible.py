"""An actor's view of a run: numbers and weights always, views of data only with access to the data."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.datasets import find_dataset
from core.datasets.access import Viewer, check_may_see, check_may_view, may_view
from core.datasets.prepared import Prepared, is_prepared, open_prepared
from core.errors import ArtifactError
from core.families import Family, find_family
from core.families.family import View
from core.figures.network.dense import flat
from core.figures.network.frame import DEAD, PREFIXES, Frame, make_frame
from core.settings import Settings
from core.store import Run, Store
from core.store.records import IMPORTED, LOCAL, SERVER

WEIGHTS = "weights/"  # what the names of a main network's weights begin with

MOST_LISTED = 100_000  # runs


def open_seen(settings: Settings, dataset_id: str, actor: str) -> Prepared:
    """Open a prepared data set for an actor.

    Raises:
        NotAllowedError: The actor may not see it.
        DatasetError: It is not prepared yet, its files are damaged, or it no longer exists.
    """
    check_may_see(settings, dataset_id, actor)
    return open_prepared(settings, dataset_id)


def examples_seen(store: Store, run: Run, viewer: Viewer) -> Prepared:
    """Open the data of a run for somebody who looks at this run.

    Raises:
        NotAllowedError: They may not see it.
        DatasetError: It is not prepared yet, its files are damaged, or it no longer exists.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    return open_prepared(store.settings, run.dataset)


def views_seen(
    settings: Settings, family: Family, dataset_id: str, viewer: Viewer, run_id: str | None = None
) -> dict[str, View]:
    """Return a family's views that somebody may see of networks on this data, those of a run or at random weights."""
    sees = may_view(settings, run_id, dataset_id, viewer)
    return {key: view for key, view in family.views.items() if sees or not view.shows_data}


def snapshot_seen(store: Store, run: Run, step: int, view: View, viewer: Viewer) -> dict[str, np.ndarray]:
    """Return the arrays of a view for a snapshot of a run.

    Raises:
        NotAllowedError: The view shows data that this viewer may not see.
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    if view.shows_data:
        check_may_view(store.settings, run.id, run.dataset, viewer)
    return store.files(run.id).load_snapshot(step, view.prefix)


def way_seen(store: Store, run: Run, steps: Sequence[int], viewer: Viewer) -> np.ndarray:
    """Return all weights of a run's network at some snapshots, float32 (snapshots, weights), as a snapshot lists them.

    Raises:
        NotAllowedError: This viewer may not see the data, of which weights can tell.
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    found = (store.files(run.id).load_snapshot(step, WEIGHTS) for step in steps)
    return np.stack([np.concatenate([one[name].ravel() for name in sorted(one)]) for one in found])


def weight_shapes(store: Store, run: Run, step: int) -> list[tuple[int, ...]]:
    """Return the shape of each array of weights at a snapshot, which anybody may know.

    Raises:
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    arrays = store.files(run.id).load_snapshot(step, WEIGHTS)
    return [arrays[name].shape for name in sorted(arrays)]


def dead_at(store: Store, run_id: str, step: int, part: str = "") -> dict[str, np.ndarray]:
    """Return by layer which filters or units are dead at a snapshot; like a metric, all may know that.

    Nothing of a snapshot that is gone or damaged.

    Args:
        store: The store.
        run_id: The run.
        step: The snapshot.
        part: One of several networks; by default of all, and layers are named after their network.
    """
    prefix = f"{DEAD}{part}/" if part else DEAD
    try:
        arrays = store.files(run_id).load_snapshot(step, prefix)
    except ArtifactError:
        return {}
    return {name.removeprefix(prefix): array for name, array in arrays.items()}


def frame_seen(store: Store, run: Run, step: int, viewer: Viewer) -> Frame:
    """Return what the networks of a run make of the sample, or of each other, at a snapshot.

    Raises:
        NotAllowedError: This viewer may not see the data.
        ArtifactError: There is no such snapshot, or its file is damaged.
        DatasetError: The data is gone.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    arrays = store.files(run.id).load_snapshot(step, *PREFIXES)
    sample, is_here = None, run.origin != IMPORTED or is_prepared(store.settings, run.dataset)
    if find_family(str(run.family)).inspection.is_at_sample and is_here:
        sample = np.array(open_prepared(store.settings, run.dataset).x_train[0])
    return make_frame(arrays, sample, find_dataset(store.settings, run.dataset).spec)


def live_frame_seen(store: Store, run: Run, viewer: Viewer) -> tuple[int, Frame]:
    """Return what the networks of a run that trains make just now, and after which step.

    Raises:
        NotAllowedError: This viewer may not see the data.
        ArtifactError: There is no frame, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    step, arrays = store.files(run.id).load_frame()
    return step, Frame.from_arrays(arrays)


def weights_seen(store: Store, run: Run, step: int, viewer: Viewer) -> np.ndarray:
    """Return all weights of a run's network of dense layers at a snapshot, float32 (n,).

    Raises:
        NotAllowedError: This viewer may not see the data, whose examples the network may have learned by heart.
        ArtifactError: There is no such snapshot, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    return flat(store.files(run.id).load_snapshot(step, "weights/"))


def live_weights_seen(store: Store, run: Run, viewer: Viewer) -> tuple[int, np.ndarray]:
    """Return all weights of a network of dense layers that trains, as they are just now, and after which step.

    Raises:
        NotAllowedError: This viewer may not see the data.
        ArtifactError: There is no frame, or its file is damaged.
    """
    check_may_view(store.settings, run.id, run.dataset, viewer)
    step, arrays = store.files(run.id).load_frame()
    if "weights" not in arrays:
        raise ArtifactError("the frame has no weights")
    return step, arrays["weights"]


def listed_runs(store: Store, actor: str) -> list[Run]:
    """Return the training runs in an actor's lists, newest first: their own, published ones, the command line's.

    A link to a run opens it for anyone; only these are listed.

    Args:
        store: Store of the runs.
        actor: Who asks; the command line and the server find all.
    """
    return store.runs.list(listed_for=None if actor in (LOCAL, SERVER) else actor, limit=MOST_LISTED)
