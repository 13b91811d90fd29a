"""Remove what killed preparations leave behind; other tasks clean up after themselves."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from core.datasets.own import own, removal
from core.store import Run, Store
from core.store.records import ALIVE

YOUNG_S = 60.0  # a folder changed within this time may still be in use
READABLE_S = 600.0  # time for users to read why their upload failed


def clear_leftovers(store: Store, now: float) -> None:
    """Remove half-written arrays, and uploads that were never read, once no task uses them.

    Args:
        store: The home's store.
        now: Unix time in seconds.
    """
    at_work = {run.dataset for run in store.runs.list(kind=None, status=ALIVE, limit=1_000_000)}
    for place in (store.settings.home / "prepared").glob(".*-*"):
        if _dataset(place) not in at_work and _age(place, now) > YOUNG_S:
            shutil.rmtree(place, ignore_errors=True)
    removal.sweep(store.settings)
    for card in own.cards(store.settings):
        if not (card.accepted or card.deleted or card.notes or card.id in at_work) and _is_over(store, card.id, now):
            removal.discard(store.settings, card.id)


def _dataset(place: Path) -> str:
    return place.name.removeprefix(".").rpartition("-")[0]


def _age(place: Path, now: float) -> float:
    with suppress(FileNotFoundError):
        return now - place.stat().st_mtime
    return 0.0


def _is_over(store: Store, dataset_id: str, now: float) -> bool:
    """Return whether its preparation ended some time ago; an upload in progress has none yet."""
    last: Run | None = next(iter(store.runs.list(kind="prepare", dataset=dataset_id, limit=1)), None)
    return last is not None and last.finished is not None and now - last.finished > READABLE_S
