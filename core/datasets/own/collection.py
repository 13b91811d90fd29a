"""Pictures that a visitor collects class by class.

`$GLASSBOX_HOME/collected/<owner>/about.json` names the classes; `<class id>/<taken>-<burst>.jpg` beside it are the
pictures. They stay when a data set is made, so that more can be added; unused ones are removed after a day. Whoever
changes them holds `collected/<owner>.lock`.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from core.datasets.alike import WHAT_HELPS
from core.datasets.archives.archives import LIMITS
from core.datasets.classes.folders import read_tree
from core.settings import Settings

LONGEST_NAME = 60
LEAST_BURSTS = 2  # of a class: one to learn from, one to test with
COLLECTED = "collected"  # folder in the home
ABOUT = "about.json"
COLUMN = re.compile(r"\d{1,16}")  # id of a class
PICTURE = re.compile(r"\d{16}-\d{16}\.jpg")


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
        return Counter(burst_of(name) for name in self.pictures)


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
    place = place_of(settings, owner)
    try:
        os.utime(place)
        about = json.loads((place / ABOUT).read_text())
        columns = tuple(Column(key, name, _pictures(place / key)) for key, name in about.pop("columns"))
        return Collection(columns, **about)
    except (OSError, ValueError, TypeError, KeyError):  # none yet, or damaged: the pictures stay for a day
        return Collection()


def read_picture(settings: Settings, owner: str, name: str) -> bytes | None:
    """Return the file of a picture; None if it is gone."""
    found = place_of(settings, owner).glob(f"*/{name}") if PICTURE.fullmatch(name) else ()
    try:
        return next((path.read_bytes() for path in found), None)
    except OSError:
        return None


def place_of(settings: Settings, owner: str) -> Path:
    """Return the folder of a visitor's collection."""
    return settings.home / COLLECTED / owner


def burst_of(picture: str) -> str:
    """Return the burst of a picture, from its file name."""
    return picture[17:33]


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


def _pictures(place: Path) -> tuple[str, ...]:
    names = os.listdir(place) if place.is_dir() else []
    return tuple(sorted(filter(PICTURE.fullmatch, names)))
