"""Files that a visitor has chosen and not sent yet: on disk at once, never for long in the server's memory.

`$GLASSBOX_HOME/uploads/<owner>-<random>/file`; a folder that nobody has looked at for a while is removed.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.datasets.archives.zips import short
from core.errors import DatasetError
from core.settings import Settings
from core.units import MB

MOST_MB = 2_000  # of all that is waiting, whoever's it is
SHARE_MB = 600  # of one visitor's: three archives of the largest size
KEPT_S = 1800.0  # so long after the last look


@dataclass(frozen=True)
class Upload:
    """A chosen file.

    Args:
        name: What the user calls it.
        path: Where it lies.
        size_bytes: How big it is.
    """

    name: str
    path: Path
    size_bytes: int

    @property
    def mark(self) -> str:
        """Tells it from any other."""
        return self.path.parent.name

    @property
    def suffix(self) -> str:
        """How its name ends, lower case, with the dot."""
        return Path(self.name).suffix.lower()


def keep_upload(settings: Settings, owner: str, name: str, file: IO[bytes]) -> Upload:
    """Write a chosen file to disk, piece by piece.

    Args:
        settings: Of this installation.
        owner: Hash of the visitor's key.
        name: What the user calls the file.
        file: What was chosen.

    Raises:
        DatasetError: This visitor, or all together, have chosen so much that there is no room for it now.
        OSError: It cannot be written.
    """
    sweep_uploads(settings, time.time())
    size_bytes = file.seek(0, os.SEEK_END)
    _check_room(settings, owner, name, size_bytes)
    place = _root(settings) / f"{owner}-{secrets.token_hex(16)}"
    place.mkdir(parents=True)
    try:
        file.seek(0)
        with (place / "file").open("wb") as target:
            shutil.copyfileobj(file, target)
    except OSError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return Upload(name, place / "file", size_bytes)


def _check_room(settings: Settings, owner: str, name: str, size_bytes: int) -> None:
    mine = _waiting_bytes(settings, f"{owner}-*") + size_bytes
    if mine > SHARE_MB * MB:
        raise DatasetError(
            f"{short(name)} cannot be taken: too much that you have chosen waits to be sent",
            expected=f"at most {SHARE_MB:,} MB of one visitor",
            received=f"{mine / MB:,.0f} MB with this file",
            fix="Make a data set of what you have chosen, or remove it, also in other tabs. What was left alone for "
            f"{KEPT_S / 60:.0f} minutes is removed by itself.",
        )
    everybodys = _waiting_bytes(settings, "*") + size_bytes
    if everybodys > MOST_MB * MB:
        raise DatasetError(
            f"{short(name)} cannot be taken just now: other visitors' files are waiting",
            expected=f"at most {MOST_MB:,} MB of all together",
            received=f"{everybodys / MB:,.0f} MB",
            fix="Try again in some minutes, or send less.",
        )


def is_kept(upload: Upload) -> bool:
    """Return whether a chosen file is still there, and keep it for another while."""
    try:
        os.utime(upload.path.parent)
    except OSError:
        return False
    return upload.path.is_file()


def move_upload(upload: Upload, target: Path) -> None:
    """Let a chosen file become another's raw file.

    Raises:
        OSError: It is not there any more, or cannot be moved.
    """
    os.replace(upload.path, target)
    drop_upload(upload)


def drop_upload(upload: Upload) -> None:
    """Remove a chosen file."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def sweep_uploads(settings: Settings, now: float) -> None:
    """Remove what nobody has looked at for a while."""
    for place in _root(settings).glob("*"):
        try:
            is_old = now - place.stat().st_mtime > KEPT_S
        except OSError:  # it has just been sent
            continue
        if is_old:
            shutil.rmtree(place, ignore_errors=True)


def _waiting_bytes(settings: Settings, places: str) -> int:
    return sum(_size(path) for path in _root(settings).glob(f"{places}/*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # it has just been sent or removed
        return 0


def _root(settings: Settings) -> Path:
    return settings.home / "uploads"
