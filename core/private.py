"""What the home keeps is for the user alone whose server this is: folders 0700, files 0600, and no path is told."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from core.settings import Settings

OTHERS = 0o077  # the bits of a mode that are not the user's
_PATH = re.compile(r"""(?<![\w:/.~-])~?/(?:[^\s/'"<>:,;()]+/)+([^\s/'"<>:,;()]*)""")  # absolute, and no web address
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


def without_paths(said: str, settings: Settings) -> str:
    """Return words as a visitor may read them: where files lie on the server is its keeper's business.

    Folders that have a setting are called by it; of any other absolute path its last name stays.
    """
    places = {str(settings.data_dir): "GLASSBOX_DATA_DIR", str(settings.home): "GLASSBOX_HOME"}
    for place in sorted(places, key=len, reverse=True):
        said = said.replace(place, places[place])
    return _PATH.sub(r"\1", said)


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
