"""Remove visitors' data that is deleted, abandoned or without a card."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.datasets.dataset import prepared_folder
from core.datasets.own.collecting import sweep_collections
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

ACCEPTED = "accepted"  # marker file beside the arrays of accepted data
ABANDONED_S = 24 * 3600  # age at which data that is not accepted is removed


def delete(settings: Settings, dataset_id: str, actor: str, *, has_runs: Callable[[], bool]) -> None:
    """Delete data; its card stays if runs used the data.

    Args:
        settings, dataset_id: The data.
        actor: Hash of the visitor's key.
        has_runs: Returns whether runs used the data, called while no new run can start; may raise to refuse.

    Raises:
        NotAllowedError: The data belongs to somebody else.
        DatasetError: There is no such data.
    """
    with held(settings):
        card = read_mine(settings, dataset_id, actor)
        stays = has_runs()
        if stays:
            change_held(settings, card, deleted=True, published=False, description="")
    if stays:
        shutil.rmtree(raw(settings, dataset_id), ignore_errors=True)
        _clear_arrays(prepared_folder(settings, dataset_id))
    else:
        discard(settings, dataset_id)


def only_unaccepted(settings: Settings, dataset_id: str) -> Callable[[], bool]:
    """Return the `has_runs` of `delete` for data that is not accepted yet; it raises DatasetError otherwise."""

    def has_runs() -> bool:
        if read_card(settings, dataset_id).accepted:
            raise DatasetError("this data was accepted meanwhile", fix="Delete it in the list of data.")
        return False

    return has_runs


def discard(settings: Settings, dataset_id: str) -> None:
    """Remove all files of a data set."""
    shutil.rmtree(folder(settings, dataset_id), ignore_errors=True)
    shutil.rmtree(prepared_folder(settings, dataset_id), ignore_errors=True)


def sweep(settings: Settings) -> None:
    """Remove abandoned data and collected pictures, arrays of deleted data and arrays without a card."""
    sweep_collections(settings, time.time() - ABANDONED_S)
    found = cards(settings)
    for card in found:
        if card.deleted:  # a run that was still training may have written some
            _clear_arrays(prepared_folder(settings, card.id))
        elif not card.accepted and time.time() - card.created > ABANDONED_S:
            discard(settings, card.id)
        elif card.accepted:
            _mark_accepted(prepared_folder(settings, card.id))
    for place in list((settings.home / "prepared").glob(f"{PREFIX}*")):
        if is_own(place.name) and not has_card(settings, place.name):
            _clear_orphan(settings, place)


def _clear_arrays(place: Path) -> None:
    """Remove prepared arrays and features; what is known of the data stays."""
    for path in [*place.glob("*.np[yz]"), *place.glob("features-*")]:
        path.unlink(missing_ok=True)


def _clear_orphan(settings: Settings, place: Path) -> None:
    """Remove arrays that a worker wrote for data just discarded; set aside those whose card was lost."""
    if (place / ACCEPTED).exists() or folder(settings, place.name).exists():
        set_aside(place, settings.home)
    else:
        shutil.rmtree(place, ignore_errors=True)


def _mark_accepted(place: Path) -> None:
    with suppress(OSError):
        if place.is_dir() and not (place / ACCEPTED).exists():
            (place / ACCEPTED).touch()
