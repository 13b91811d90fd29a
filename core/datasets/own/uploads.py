"""Files that a visitor has chosen but not sent: they go to disk at once, to free the server's memory.

`$GLASSBOX_HOME/uploads/<owner>-<random>/file`; folders that are not used for a while are removed.
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

MOST_MB = 2_000  # of all waiting files
SHARE_MB = 600  # of one visitor's waiting files: three of the largest archives
KEPT_S = 1800.0  # after the last use


@dataclass(frozen=True)
class Upload:
    """A chosen file.

    Args:
        name: File name as the user knows it.
        path: Path on this server.
        size_bytes: File size.
    """

    name: str
    path: Path
    size_bytes: int

    @property
    def mark(self) -> str:
        """Unique id of the upload."""
        return self.path.parent.name

    @property
    def suffix(self) -> str:
        """Suffix of the name, lower case, with the dot."""
        return Path(self.name).suffix.lower()


def keep_upload(settings: Settings, owner: str, name: str, file: IO[bytes]) -> Upload:
    """Write a chosen file to disk, piece by piece.

    Args:
        settings: Settings of this installation.
        owner: Hash of the visitor's key.
        name: File name as the user knows it.
        file: The open file.

    Raises:
        DatasetError: The waiting files of this visitor, or of all visitors, would exceed their limit.
        OSError: The file cannot be written.
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
            f"{short(name)} was not accepted: you have chosen too many files without sending them",
            expected=f"at most {SHARE_MB:,} MB for one visitor",
            received=f"{mine / MB:,.0f} MB with this file",
            fix="Create a data set from your files or remove them, also in other tabs. Unused files are removed after "
            f"{KEPT_S / 60:.0f} minutes.",
        )
    everybodys = _waiting_bytes(settings, "*") + size_bytes
    if everybodys > MOST_MB * MB:
        raise DatasetError(
            f"{short(name)} was not accepted: other visitors' files are waiting",
            expected=f"at most {MOST_MB:,} MB for all visitors",
            received=f"{everybodys / MB:,.0f} MB",
            fix="Try again in a few minutes, or send less.",
        )


def is_kept(upload: Upload) -> bool:
    """Return whether a chosen file still exists, and renew its lifetime."""
    try:
        os.utime(upload.path.parent)
    except OSError:
        return False
    return upload.path.is_file()


def move_upload(upload: Upload, target: Path) -> None:
    """Move a chosen file to its place among the raw files.

    Raises:
        OSError: It no longer exists, or cannot be moved.
    """
    os.replace(upload.path, target)
    drop_upload(upload)


def drop_upload(upload: Upload) -> None:
    """Remove a chosen file."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def sweep_uploads(settings: Settings, now: float) -> None:
    """Remove chosen files that were not used for `KEPT_S`.

    Args:
        settings: Settings of this installation.
        now: Unix time, seconds.
    """
    for place in _root(settings).glob("*"):
        try:
            is_old = now - place.stat().st_mtime > KEPT_S
        except OSError:  # sent just now
            continue
        if is_old:
            shutil.rmtree(place, ignore_errors=True)


def _waiting_bytes(settings: Settings, places: str) -> int:
    return sum(_size(path) for path in _root(settings).glob(f"{places}/*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # sent or removed just now
        return 0


def _root(settings: Settings) -> Path:
    return settings.home / "uploads"
