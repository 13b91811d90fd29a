"""Write files whole or not at all, and detect and report a full disk."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from core.units import MB

PART = ".part-"  # prefix of folders with unfinished files
LEAST_FREE_MB = 32  # below this nothing new starts: a run's first files would not fit
IS_FULL = "The disk of this server is full"
WHAT_TO_DO = "Free some space. Everything saved so far is safe."
_SIGNS = ("database or disk is full", "No space left on device", "Disk quota exceeded")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path of the same name that replaces `path` if the block succeeds; its folder must exist.

    Raises:
        OSError: The file cannot be written.
    """
    place = Path(tempfile.mkdtemp(prefix=PART, dir=path.parent))
    try:
        temporary = place / path.name
        yield temporary
        os.replace(temporary, path)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def free_mb(folder: Path) -> float:
    """Return the free space in MB on a folder's disk."""
    return shutil.disk_usage(folder).free / MB


def is_full(home: Path) -> bool:
    """Return whether there is too little space to start anything; False if unknown."""
    with suppress(OSError):
        return free_mb(home) < LEAST_FREE_MB
    return False


def has_room(folder: Path, size_bytes: int) -> bool:
    """Return whether a file of this size leaves what new runs need; False if unknown."""
    with suppress(OSError):
        return free_mb(folder) - size_bytes / MB > LEAST_FREE_MB
    return False


@lru_cache(maxsize=4)
def held_bytes(place: Path, moment: float) -> int:
    """Return the size of all files below a folder, measured anew at each `moment`; some may go meanwhile."""
    held = 0
    for folder, _, names in os.walk(place):
        for name in names:
            with suppress(FileNotFoundError):
                held += os.lstat(os.path.join(folder, name)).st_size
    return held


def is_about_room(error: BaseException) -> bool:
    """Return whether a full disk caused an error, directly or through its chain."""
    return any(
        (isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT))
        or any(sign in str(link) for sign in _SIGNS)
        for link in _chain(error)
    )


def note(words: str) -> None:
    """Print a line to a process's log, which may lie on the full disk."""
    with suppress(OSError):
        sys.stdout.write(f"{time.ctime()} {words}\n")
        sys.stdout.flush()


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
