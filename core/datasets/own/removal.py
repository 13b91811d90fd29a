"""Removing brought data: what its owner deletes, what was never accepted, what has lost its card."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.datasets.dataset import prepared_folder
from core.datasets.own.own import (
    PREFIX,
    cards,
    change_held,
    folder,
    has_card,
    held,
    is_own,
    raw,
    read_card,
    read_mine,
)
from core.errors import DatasetError
from core.settings import Settings
from core.store.recovery.recovery import set_aside

ACCEPTED = "accepted"  # a file beside its arrays that says so
ABANDONED_S = 24 * 3600  # what was not accepted for so long is removed


def delete(settings: Settings, dataset_id: str, actor: str, *, has_runs: Callable[[], bool]) -> None:
    """Remove the data; its card stays if there are runs that were made with it.

    Args:
        settings, dataset_id: Which.
        actor: Hash of the key of whoever asks.
        has_runs: Says whether there are such runs, while no new one can come; what it raises refuses.

    Raises:
        NotAllowedError: It is somebody else's.
        DatasetError: There is none.
    """
    with held(settings):
        card = read_mine(settings, dataset_id, actor)
        stays = has_runs()
        if stays:
            change_held(settings, card, deleted=True, published=False, description="")
    if stays:
        shutil.rmtree(raw(settings, dataset_id), ignore_errors=True)
        for path in prepared_folder(settings, dataset_id).glob("*.np[yz]"):
            path.unlink(missing_ok=True)
    else:
        discard(settings, dataset_id)


def only_unaccepted(settings: Settings, dataset_id: str) -> Callable[[], bool]:
    """Return what `delete` asks when data is thrown away that is only being brought; accepted data is refused."""

    def has_runs() -> bool:
        if read_card(settings, dataset_id).accepted:
            raise DatasetError("this data was accepted meanwhile", fix="Delete it in the list of data.")
        return False

    return has_runs


def discard(settings: Settings, dataset_id: str) -> None:
    """Remove all that there is of it."""
    shutil.rmtree(folder(settings, dataset_id), ignore_errors=True)
    shutil.rmtree(prepared_folder(settings, dataset_id), ignore_errors=True)


def sweep(settings: Settings) -> None:
    """Remove what was begun long ago and never accepted."""
    found = cards(settings)
    for card in found:
        if not card.accepted and not card.deleted and time.time() - card.created > ABANDONED_S:
            discard(settings, card.id)
        elif card.accepted and not card.deleted:
            _mark_accepted(prepared_folder(settings, card.id))
    for place in list((settings.home / "prepared").glob(f"{PREFIX}*")):
        if is_own(place.name) and not has_card(settings, place.name):
            _clear_orphan(settings, place)


def _clear_orphan(settings: Settings, place: Path) -> None:
    """Remove arrays that a worker wrote for data that had just gone; set aside those whose card was lost."""
    if (place / ACCEPTED).exists() or folder(settings, place.name).exists():
        set_aside(place, settings.home)
    else:
        shutil.rmtree(place, ignore_errors=True)


def _mark_accepted(place: Path) -> None:
    with suppress(OSError):
        if place.is_dir() and not (place / ACCEPTED).exists():
            (place / ACCEPTED).touch()
