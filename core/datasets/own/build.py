"""Read the raw files of a visitor's data and turn them into arrays or a description."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.datasets.dataset import Progress, prepared_folder
from core.datasets.own import own
from core.datasets.own.as_dataset import awaits_target
from core.datasets.own.built import Built
from core.datasets.own.removal import discard
from core.datasets.prepared import write_prepared
from core.disk import is_about_room
from core.errors import DatasetError, UnreachableError
from core.settings import Settings


def build(settings: Settings, dataset_id: str, progress: Progress, options: Mapping[str, Any] | None = None) -> str:
    """Make the arrays of a visitor's data, or describe it; unreadable data is removed.

    Args:
        settings, dataset_id: The data.
        progress: Receives the current step.
        options: Options for reading the data again; they are stored if that succeeds.

    Returns:
        The version; empty if the data is only described and keeps its raw files.

    Raises:
        DatasetError: The data cannot be read or is over a limit.
        UnreachableError: The arrays cannot be written.
    """
    card = own.read_card(settings, dataset_id)
    try:
        version = _read(settings, card, progress, options)
    except BaseException as error:
        if not (is_about_room(error) or isinstance(error, UnreachableError)):  # those errors may pass
            _discard_unread(settings, card)
        raise
    _discard_unread(settings, card)  # its owner may have discarded it meanwhile
    return version


def _read(settings: Settings, card: own.Card, progress: Progress, options: Mapping[str, Any] | None) -> str:
    try:
        return _make(settings, card, options or card.options, progress)
    except MemoryError:
        fix = card.data_kind.memory_fix
        raise DatasetError("there is not enough memory for this data", fix=fix) from None


def _discard_unread(settings: Settings, card: own.Card) -> None:
    if not _is_kept(settings, card):
        discard(settings, card.id)


def _is_kept(settings: Settings, before: own.Card) -> bool:
    """Return whether the data was read, now or before, and was not discarded meanwhile."""
    with suppress(DatasetError):
        return bool(own.read_card(settings, before.id).notes)
    return own.has_card(settings, before.id)


def _make(settings: Settings, card: own.Card, options: Mapping[str, Any], progress: Progress) -> str:
    place = own.raw(settings, card.id)
    if card.notes and not place.is_dir():  # it was read before, and its raw files were not kept
        raise DatasetError("the arrays of this data are damaged or missing", fix=own.BRING_AGAIN)
    built = card.data_kind.read(place, options, progress)
    version = _write(settings, card, built, is_other=options != card.options)
    own.update(settings, card.id, notes={"read": True, **built.notes}, options={**options, **built.options})
    if not card.data_kind.keeps_raw:
        shutil.rmtree(place, ignore_errors=True)
    return version


def _write(settings: Settings, card: own.Card, built: Built, *, is_other: bool) -> str:
    """Write arrays, replacing those of an earlier reading."""
    now = own.read_card(settings, card.id)
    if is_other and now.accepted and not awaits_target(settings, now):
        raise DatasetError("this data was accepted meanwhile and can no longer change")
    shutil.rmtree(prepared_folder(settings, card.id), ignore_errors=True)
    if built.spec is None:
        return ""
    return write_prepared(settings, card.id, built.arrays, built.spec, card.title, built.sizes)
