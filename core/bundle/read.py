"""Import a run: check its bundle, and give the run to whoever has it."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from core.bundle.contents import Contents, check_contents
from core.bundle.unpack import open_bundle
from core.datasets import DATASETS
from core.datasets.access import may_see
from core.datasets.own.carried import carried_id
from core.datasets.prepared import is_prepared, open_prepared
from core.datasets.spec import DataSpec
from core.disk import IS_FULL, WHAT_TO_DO, is_about_room
from core.errors import ArtifactError, DatasetError, RunError, StoreError
from core.locks import locked
from core.settings import Settings
from core.store import Run, Store
from core.store.artifacts import RunFiles
from core.store.records import IMPORTED
from core.store.recovery.keeping import RECORD

LOCK = "import.lock"
ABOUT = "imported"  # imported.json


@dataclass(frozen=True)
class Imported:
    """The outcome of an import.

    Args:
        run: The run.
        is_new: Whether it was not here before.
    """

    run: Run
    is_new: bool


def import_bundle(store: Store, path: Path, actor: str, name: str = "") -> Imported:
    """Import a run from a bundle, all of it or nothing; one that the actor has already is returned as it is.

    Args:
        store: Store to import into.
        path: Of the bundle.
        actor: Who owns the run from now on.
        name: File name of the bundle as the user knows it.

    Raises:
        BundleError: The bundle is damaged, hostile, from a newer version, or no bundle.
        StoreError: There is no room for the run.
    """
    try:
        with place_for(store.settings, actor) as folder, open_bundle(path, name or path.name) as bundle:
            bundle.unpack(folder)
            return _take(store, folder, check_contents(folder), actor, bundle.product)
    except OSError as error:
        if is_about_room(error):
            raise StoreError(IS_FULL, fix=WHAT_TO_DO) from error
        raise StoreError("the bundle cannot be read, or the run written", received=str(error.strerror)) from error


def _take(store: Store, folder: Path, found: Contents, actor: str, product: str) -> Imported:
    with locked(store.settings.home / LOCK):  # of two imports at once, the second finds the run of the first
        if here := _find(store, found, actor):
            return Imported(here, is_new=False)
        run = replace(found.run, owner=actor, dataset=_data_here(store.settings, found, actor))
        _keep(folder, run, found, product)
        store.adopt(run, folder)
    return Imported(store.runs.get(run.id), is_new=True)


@contextmanager
def place_for(settings: Settings, actor: str) -> Iterator[Path]:
    """Yield an empty folder among the uploads, which are removed even if this process is killed."""
    place = settings.home / "uploads" / f"{actor}-{secrets.token_hex(16)}"
    place.mkdir(parents=True)
    try:
        (place / "run").mkdir()
        yield place / "run"
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _find(store: Store, found: Contents, actor: str) -> Run | None:
    """Return the run if it is here already: the original itself, or an earlier import of the same state."""
    with suppress(RunError):
        run, other = store.runs.get(found.original), found.run
        if (run.owner, run.generation, run.finished) == (actor, other.generation, other.finished):
            return run
    same = store.runs.list(owners=[actor], origins=[IMPORTED], subject=found.run.subject, limit=1)
    return same[0] if same else None


def _data_here(settings: Settings, found: Contents, actor: str) -> str:
    """Return the id of the run's data if just that is here for the actor to see, else of what the run tells of it."""
    dataset_id = str(found.card["id"])
    if not dataset_id:
        return ""
    with suppress(ArtifactError, DatasetError):
        if may_see(settings, dataset_id, actor) and _is_the_same(settings, dataset_id, found):
            return dataset_id
    return carried_id(found.run.id)


def _is_the_same(settings: Settings, dataset_id: str, found: Contents) -> bool:
    """Return whether data here has the version of the run's, or is built in and will have it once it is prepared."""
    if is_prepared(settings, dataset_id):
        return open_prepared(settings, dataset_id).version == found.run.dataset_version
    return dataset_id in DATASETS and DATASETS[dataset_id].spec == DataSpec.from_dict(found.card["spec"])


def _keep(folder: Path, run: Run, found: Contents, product: str) -> None:
    """Write the files by which a folder is a run's."""
    files = RunFiles(folder)
    files.write_numbers(found.numbers)
    files.write_json(ABOUT, {"run": found.original, "glassbox": product, "imported": time.time()})
    files.write_json(RECORD, vars(run))
