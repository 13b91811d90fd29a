"""Pictures that a visitor collects class by class, and the data sets that are made of them.

`$GLASSBOX_HOME/collected/<owner>/about.json` names the classes; `<class id>/<taken>-<burst>.jpg` beside it are the
pictures. They stay when a data set is made, so that more can be added; unused ones are removed after a day.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path

from core.datasets.alike import WHAT_HELPS
from core.datasets.archives.archives import LIMITS
from core.datasets.classes.folders import read_tree
from core.datasets.own import own
from core.datasets.own.kinds.photos import KIND
from core.disk import IS_FULL, has_room
from core.errors import DatasetError
from core.locks import locked
from core.names import shortened
from core.settings import Settings
from core.units import MB

MOST_PICTURES = 2_000  # of one visitor
MOST_BYTES = 100_000  # of a picture: noise of 160 x 160 pixels has 48 kB as JPEG of quality 90
MOST_MB = 2_000  # of all visitors
LONGEST_NAME = 60
LEAST_BURSTS = 2  # of a class: one to learn from, one to test with
JPEG = b"\xff\xd8\xff"  # first bytes
_COLUMN = re.compile(r"\d{1,16}")
_PICTURE = re.compile(r"\d{16}-\d{16}\.jpg")
_ABOUT, _LOCK = "about.json", "lock"


@dataclass(frozen=True)
class Column:
    """A class and its pictures.

    Args:
        id: Its folder; digits.
        name: Name of the class.
        pictures: File names in the order in which they were taken: `<taken>-<burst>.jpg`.
    """

    id: str
    name: str
    pictures: tuple[str, ...] = ()

    @property
    def bursts(self) -> Counter[str]:
        """The bursts and how many pictures each has; a chosen file is a burst of its own."""
        return Counter(_burst(name) for name in self.pictures)


@dataclass(frozen=True)
class Collection:
    """All that a visitor has collected.

    Args:
        columns: The classes, in the visitor's order.
        dataset: Data set last made of it; empty if there is none.
        made_of: `mark` of what that was made of.
        is_wanted: Whether a network should learn from that data set as soon as it is ready.
    """

    columns: tuple[Column, ...] = (Column("1", "Class 1"), Column("2", "Class 2"))
    dataset: str = ""
    made_of: str = ""
    is_wanted: bool = False

    @property
    def mark(self) -> str:
        """Changes whenever a class or picture does."""
        return sha256(json.dumps([asdict(column) for column in self.columns]).encode()).hexdigest()[:16]

    @property
    def lacks(self) -> list[str]:
        """Sentences on what is missing before a network can learn to tell the classes apart."""
        if len(self.columns) < LIMITS.least_classes:
            return ["A network needs two classes to tell apart. Add one."]
        seen = Counter(column.name.casefold() for column in self.columns)
        twice = {column.name.casefold(): column.name for column in self.columns if seen[column.name.casefold()] > 1}
        doubles = [f"Two classes are called {name}. Rename one." for name in twice.values()]
        if parts := read_tree({(column.name,) for column in self.columns}).parts:
            doubles.append(
                f"{' and '.join(sorted(parts))} are words for the parts of data, not for classes. Rename one."
            )
        return doubles + [why for column in self.columns if (why := _lack(column))]


def read_collection(settings: Settings, owner: str) -> Collection:
    """Return what a visitor has collected, two empty classes at first, and renew its lifetime."""
    place = _place(settings, owner)
    try:
        os.utime(place)
        about = json.loads((place / _ABOUT).read_text())
        columns = tuple(Column(key, name, _pictures(place / key)) for key, name in about.pop("columns"))
        return Collection(columns, **about)
    except (OSError, ValueError, TypeError, KeyError):  # none yet, or damaged: the pictures stay for a day
        return Collection()


def add_pictures(settings: Settings, owner: str, column_id: str, pictures: Mapping[str, bytes]) -> None:
    """Add pictures to a class; one that is there already, or whose class is gone, is ignored.

    Args:
        settings: Settings of this installation.
        owner: Hash of the visitor's key.
        column_id: Id of the class.
        pictures: File name `<taken>-<burst>.jpg`, both of 16 digits -> JPEG file.

    Raises:
        DatasetError: A name or file is not as expected, or there are too many pictures.
        OSError: A file cannot be written.
    """
    for name, data in pictures.items():
        _check(name, data)
    with _changing(settings, owner) as found:
        if column_id not in {column.id for column in found.columns}:
            return
        _check_room(settings, found, pictures)
        place = _place(settings, owner) / column_id
        place.mkdir(exist_ok=True)
        for name, data in pictures.items():
            _write_whole(place / name, data)


def drop_picture(settings: Settings, owner: str, column_id: str, name: str) -> None:
    """Remove a picture; one that is gone is ignored."""
    if _COLUMN.fullmatch(column_id) and _PICTURE.fullmatch(name):
        with _changing(settings, owner):  # it may be copied just now
            (_place(settings, owner) / column_id / name).unlink(missing_ok=True)


def read_picture(settings: Settings, owner: str, name: str) -> bytes | None:
    """Return the file of a picture; None if it is gone."""
    found = _place(settings, owner).glob(f"*/{name}") if _PICTURE.fullmatch(name) else ()
    try:
        return next((path.read_bytes() for path in found), None)
    except OSError:
        return None


def name_column(settings: Settings, owner: str, column_id: str, name: str) -> None:
    """Rename a class, or add it if there is none with this id.

    Raises:
        DatasetError: The id has the wrong form, or there are too many classes.
        OSError: The change cannot be written.
    """
    if not _COLUMN.fullmatch(column_id):
        raise DatasetError("this class cannot be added", expected="an id of digits", received=column_id[:20])
    name = " ".join(name.split())[:LONGEST_NAME]
    with _changing(settings, owner) as found:
        names = {column.id: column for column in found.columns}
        if len(names) >= LIMITS.most_classes and column_id not in names:
            raise DatasetError("there are too many classes", expected=f"at most {LIMITS.most_classes}")
        names[column_id] = replace(names.get(column_id, Column(column_id, "")), name=name)
        _write(settings, owner, replace(found, columns=tuple(names.values())))


def drop_column(settings: Settings, owner: str, column_id: str) -> None:
    """Remove a class with its pictures; one that is gone is ignored.

    Raises:
        OSError: The change cannot be written.
    """
    with _changing(settings, owner) as found:
        kept = tuple(column for column in found.columns if column.id != column_id)
        if len(kept) < len(found.columns):
            _write(settings, owner, replace(found, columns=kept))
            shutil.rmtree(_place(settings, owner) / column_id, ignore_errors=True)


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
    for place in (settings.home / "collected").glob("*"):
        try:
            if place.stat().st_mtime < before:
                shutil.rmtree(place, ignore_errors=True)
        except FileNotFoundError:
            continue


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
            _copy(column, _place(settings, owner) / column.id, own.raw(settings, card.id) / column.name)
    except OSError:
        shutil.rmtree(own.folder(settings, card.id), ignore_errors=True)
        raise
    return card


def _copy(column: Column, source: Path, target: Path) -> None:
    bursts = column.bursts
    for name in column.pictures:
        inside = f"burst_{_burst(name)}" if bursts[_burst(name)] > 1 else ""
        (target / inside).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / inside / name)


def _lack(column: Column) -> str:
    name, count = column.name, len(column.pictures)
    if not name or name.startswith(".") or set(name) & set('/\\:*?"<>|') or not name.isprintable():
        return f"{name or 'A class without a name'} needs another name: letters, digits and spaces."
    if not count:
        return f"{name} has no pictures. Shoot some, or remove the class."
    if count < LIMITS.least_images:
        return f"{name} needs {LIMITS.least_images} pictures or more; it has {count}."
    if len(column.bursts) < LEAST_BURSTS:
        return f"{name} needs a second burst, to test with: {WHAT_HELPS}, and hold the button again."
    return ""


def _burst(name: str) -> str:
    return name[17:33]


def _check(name: str, data: bytes) -> None:
    if not _PICTURE.fullmatch(name) or not data.startswith(JPEG):
        raise DatasetError("this is no picture from the page", expected="a JPEG file", received=name[:40])
    if len(data) > MOST_BYTES:
        expected, received = f"at most {MOST_BYTES // 1000} kB", f"{len(data) // 1000:,} kB"
        raise DatasetError("a picture is too large", expected=expected, received=received)


def _check_room(settings: Settings, found: Collection, pictures: Mapping[str, bytes]) -> None:
    count = sum(len(column.pictures) for column in found.columns) + len(pictures)
    if count > MOST_PICTURES:
        fix = "Remove some first: a few hundred of each class are plenty."
        raise DatasetError("there are too many pictures", expected=f"at most {MOST_PICTURES:,}", fix=fix)
    more = sum(map(len, pictures.values()))
    if _held_bytes(settings.home / "collected") + more > MOST_MB * MB:
        expected = f"at most {MOST_MB:,} MB for all visitors"
        raise DatasetError("there is no room for more pictures", expected=expected, fix="Try again later.")
    if not has_room(settings.home, more):
        raise DatasetError(IS_FULL, fix="Try again when there is room.")


def _held_bytes(place: Path) -> int:
    """Return the size of all files below a folder; other visitors may remove some meanwhile."""
    held = 0
    for folder, _, names in os.walk(place):
        for name in names:
            with suppress(FileNotFoundError):
                held += os.stat(os.path.join(folder, name)).st_size
    return held


def _pictures(place: Path) -> tuple[str, ...]:
    names = os.listdir(place) if place.is_dir() else []
    return tuple(sorted(filter(_PICTURE.fullmatch, names)))


@contextmanager
def _changing(settings: Settings, owner: str) -> Iterator[Collection]:
    """Hold a visitor's collection, so that only this block changes it."""
    place = _place(settings, owner)
    place.mkdir(parents=True, exist_ok=True)
    with locked(place / _LOCK):
        if not (place / _ABOUT).exists():
            _write(settings, owner, Collection())
        yield read_collection(settings, owner)


def _write(settings: Settings, owner: str, found: Collection) -> None:
    place, columns = _place(settings, owner), [[column.id, column.name] for column in found.columns]
    about = {"columns": columns, "dataset": found.dataset, "made_of": found.made_of, "is_wanted": found.is_wanted}
    _write_whole(place / _ABOUT, json.dumps(about).encode())


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, as when the disk is full."""
    part = path.with_suffix(".part")  # the collection's lock is held: nobody else writes it
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _place(settings: Settings, owner: str) -> Path:
    return settings.home / "collected" / owner
