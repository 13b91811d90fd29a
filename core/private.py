"""What the home keeps is for the user alone whose server this is: folders 0700, files 0600."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077  # the bits of a mode that are not the user's
_usual = [0o022]  # what the user lets others do with files that are none of the home's, as a umask


def keep_private(home: Path) -> None:
    """Make the home and let this process, and those that it starts, make private files; close what was open before.

    Raises:
        OSError: The home cannot be made.
    """
    before = os.umask(OTHERS)
    if before != OTHERS:
        _usual[0] = before
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_mode & OTHERS:
        _close(home)


def give(path: Path) -> None:
    """Give a file that somebody has asked for the mode that their other new files have."""
    path.chmod(0o666 & ~_usual[0])


def _close(home: Path) -> None:
    """Take away what others may do; what is not the user's own stays as it is."""
    for place, folders, files in os.walk(home):
        for path in (Path(place, name) for name in (*folders, *files)):
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & ~OTHERS)
    with suppress(PermissionError):  # last: a home that was closed only in part is looked at again
        home.chmod(home.stat().st_mode & ~OTHERS)
