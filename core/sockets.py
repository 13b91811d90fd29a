"""Where the sockets of a home's processes lie."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from core.errors import StoreError
from core.settings import Settings

LONGEST_PATH = 100  # of 108 bytes on Linux, 104 on macOS


def socket_path(settings: Settings, name: str) -> Path:
    """Return the path of a socket, in a private temporary folder if the home's path is too long.

    Raises:
        StoreError: That folder is not private.
    """
    path = settings.home / name
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    mark = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"glassbox-{os.getuid()}-{mark}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid() or place.stat().st_mode & 0o077:
        raise StoreError(f"{place} belongs to somebody else", fix="Set GLASSBOX_HOME to a folder with a shorter path.")
    return place / name
