"""Change what a visitor has collected, and make data sets of it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from core.datasets.archives.archives import LIMITS
from core.datasets.own import own
from core.datasets.own.collection import (
    ABOUT,
    COLLECTED,
    COLUMN,
    LONGEST_NAME,
    PICTURE,
    Collection,
    Column,
    burst_of,
    place_of,
    read_collection,
)
from core.datasets.own.kinds.photos import KIND
from core.disk import IS_FULL, has_room, held_bytes, replacing
from core.errors import DatasetError
from core.locks import locked
from core.names import shortened
from core.settings import Settings
from core.units import MB

MOST_PICTURES = 2_000  # of one visitor
MOST_BYTES = 100_000  # of a picture: noise of 160 x 160 pixels has 48 kB as JPEG of quality 90
MOST_MB = 2_000  # of all visitors
MEASURED_S = 30.0  # for so long their size counts as unchanged: measuring it visits every file
JPEG = b"\xff\xd8\xff"  # first bytes


def add_pictures(settings: Settings, owner: str, column_id: str, pictures: Mapping[str, bytes]) -> None:
    """Add pictures to a class; those that are there already are ignored.

    Args:
        settings: Settings of this installation.
        owner: Hash of the visitor's key.
        column_id: Id of the class.
        pictures: File name `<taken>-<burst>.jpg`, both of 16 digits -> JPEG file.

    Raises:
        DatasetError: A name or file is not as expected, the class is gone, or there are too many pictures.
        OSError: A file cannot be written.
    """
    for name, data in pictures.items():
        _check(name, data)
    with _changing(settings, owner) as found:
        column = next((column for column in found.columns if column.id == column_id), None)
        if column is None:
            raise DatasetError(
                "the last pictures were not kept: their class was removed in another tab or not used for a day",
                fix="Add the class and take them again.",
            )
        new = {name: data for name, data in pictures.items() if name not in column.pictures}
        _check_room(settings, found, new)
        place = place_of(settings, owner) / column_id
        place.mkdir(exist_ok=True)
        for name, data in new.items():
            with replacing(place / name) as temporary:
                temporary.write_bytes(data)


def drop_picture(settings: Settings, owner: str, column_id: str, name: str) -> None:
    """Remove a picture; one that is gone is ignored."""
    if COLUMN.fullmatch(column_id) and PICTURE.fullmatch(name):
        with _changing(settings, owner):  # it may be copied just now
            (place_of(settings, owner) / column_id / name).unlink(missing_ok=True)


def add_column(settings: Settings, owner: str, column_id: str, name: str) -> None:
    """Add a class; one that is there already is ignored.

    Raises:
        DatasetError: The id has the wrong form, or there are too many classes.
        OSError: The change cannot be written.
    """
    if not COLUMN.fullmatch(column_id):
        raise DatasetError("this class cannot be added", expected="an id of digits", received=column_id[:20])
    with _changing(settings, owner) as found:
        if column_id in {column.id for column in found.columns}:
            return
        if len(found.columns) >= LIMITS.most_classes:
            raise DatasetError("there are too many classes", expected=f"at most {LIMITS.most_classes}")
        _write(settings, owner, replace(found, columns=(*found.columns, Column(column_id, _tidy(name)))))


def name_column(settings: Settings, owner: str, column_id: str, name: str) -> None:
    """Rename a class; one that is gone stays so.

    Raises:
        OSError: The change cannot be written.
    """
    with _changing(settings, owner) as found:
        named = (replace(each, name=_tidy(name)) if each.id == column_id else each for each in found.columns)
        _write(settings, owner, replace(found, columns=tuple(named)))


def drop_column(settings: Settings, owner: str, column_id: str) -> None:
    """Remove a class with its pictures; one that is gone is ignored.

    Raises:
        OSError: The change cannot be written.
    """
    with _changing(settings, owner) as found:
        kept = tuple(column for column in found.columns if column.id != column_id)
        if len(kept) < len(found.columns):
            _write(settings, owner, replace(found, columns=kept))
            shutil.rmtree(place_of(settings, owner) / column_id, ignore_errors=True)


def make_dataset(settings: Settings, owner: str) -> own.Card:
    """Make a data set of the pictures, not read yet, and want a network for it; or return the last one if it fits.

    Raises:
        DatasetError: Something is missing (`Collection.lacks`), or the files cannot be written.
    """
    with _changing(settings, owner) as found:
        if found.lacks:
            raise DatasetError(found.lacks[0].rstrip("."))
        card = _last(settings, found) or _copied(settings, owner, found)
        _write(settings, owner, replace(found, dataset=card.id, made_of=found.mark, is_wanted=True))
    return card


def stop_wanting(settings: Settings, owner: str) -> None:
    """Note that the wanted network was asked for, or cannot be trained."""
    with _changing(settings, owner) as found:
        _write(settings, owner, replace(found, is_wanted=False))


def sweep_collections(settings: Settings, before: float) -> None:
    """Remove what nobody has used since `before`, in Unix seconds."""
    for place in (settings.home / COLLECTED).glob("*/"):
        with suppress(FileNotFoundError), locked(_lock(place)):
            if place.stat().st_mtime < before:
                shutil.rmtree(place, ignore_errors=True)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:LONGEST_NAME]


def _last(settings: Settings, found: Collection) -> own.Card | None:
    """Return the data set that was made of the same pictures, unless it is gone."""
    if found.made_of != found.mark or not own.has_card(settings, found.dataset):
        return None
    card = own.read_card(settings, found.dataset)
    return None if card.deleted else card


def _copied(settings: Settings, owner: str, found: Collection) -> own.Card:
    """Copy the pictures to a new data set, with a folder for each burst of several pictures."""
    title = shortened(", ".join(column.name for column in found.columns), own.LONGEST_TITLE)
    card = own.begin(settings, owner, title, KIND.id, {**KIND.defaults, "fit": "crop"})
    try:
        for column in found.columns:
            _copy(column, place_of(settings, owner) / column.id, own.raw(settings, card.id) / column.name)
    except OSError:
        shutil.rmtree(own.folder(settings, card.id), ignore_errors=True)
        raise
    return card


def _copy(column: Column, source: Path, target: Path) -> None:
    bursts = column.bursts
    for name in column.pictures:
        inside = f"burst_{burst_of(name)}" if bursts[burst_of(name)] > 1 else ""
        (target / inside).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / inside / name)


def _check(name: str, data: bytes) -> None:
    if not PICTURE.fullmatch(name) or not data.startswith(JPEG):
        raise DatasetError("this is no picture from the page", expected="a JPEG file", received=name[:40])
    if len(data) > MOST_BYTES:
        expected, received = f"at most {MOST_BYTES // 1000} kB", f"{len(data) // 1000:,} kB"
        raise DatasetError("a picture is too large", expected=expected, received=received)


def _check_room(settings: Settings, found: Collection, new: Mapping[str, bytes]) -> None:
    count = sum(len(column.pictures) for column in found.columns) + len(new)
    if count > MOST_PICTURES:
        fix = "Remove some first: a few hundred of each class are plenty."
        raise DatasetError("there are too many pictures", expected=f"at most {MOST_PICTURES:,}", fix=fix)
    more = sum(map(len, new.values()))
    if held_bytes(settings.home / COLLECTED, time.monotonic() // MEASURED_S) + more > MOST_MB * MB:
        expected = f"at most {MOST_MB:,} MB for all visitors"
        raise DatasetError("there is no room for more pictures", expected=expected, fix="Try again later.")
    if not has_room(settings.home, more):
        raise DatasetError(IS_FULL, fix="Try again when there is room.")


@contextmanager
def _changing(settings: Settings, owner: str) -> Iterator[Collection]:
    """Hold a visitor's collection, so that only this block changes it."""
    place = place_of(settings, owner)
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(_lock(place)):
        place.mkdir(exist_ok=True)
        if not (place / ABOUT).exists():
            _write(settings, owner, Collection())
        yield read_collection(settings, owner)


def _lock(place: Path) -> Path:
    """Return the lock of a collection; it lies outside its folder, which may be removed."""
    return place.with_suffix(".lock")


def _write(settings: Settings, owner: str, found: Collection) -> None:
    columns = [[column.id, column.name] for column in found.columns]
    about = {"columns": columns, "dataset": found.dataset, "made_of": found.made_of, "is_wanted": found.is_wanted}
    with replacing(place_of(settings, owner) / ABOUT) as temporary:
        temporary.write_text(json.dumps(about))
