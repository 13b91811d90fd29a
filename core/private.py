"""Keep the home private to the server's user: folders 0700, files 0600, no paths in messages."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from core.settings import Settings

OTHERS = 0o077  # permission bits of group and others
_PATH = re.compile(r"""(?<![\w:/.~-])~?/(?:[^\s/'"<>:,;()]+/)+([^\s/'"<>:,;()]*)""")  # absolute, and not a web address
_usual = [0o022]  # the user's umask for files outside the home


def keep_private(home: Path) -> None:
    """Create a private home and set a private umask for this process.

    Child processes inherit the umask; an existing home that others can read is closed.

    Raises:
        OSError: The home cannot be created.
    """
    before = os.umask(OTHERS)
    if before != OTHERS:
        _usual[0] = before
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_mode & OTHERS:
        _close(home)


def without_paths(said: str, settings: Settings) -> str:
    """Return a message for visitors, without the server's paths.

    Configured folders are replaced by their variable; other absolute paths by their last part.
    """
    places = {str(settings.data_dir): "GLASSBOX_DATA_DIR", str(settings.home): "GLASSBOX_HOME"}
    for place in sorted(places, key=len, reverse=True):
        said = said.replace(place, places[place])
    return _PATH.sub(r"\1", said)


def give(path: Path) -> None:
    """Give an exported file the user's usual permissions."""
    path.chmod(0o666 & ~_usual[0])


def _close(home: Path) -> None:
    """Remove the permissions of group and others; skip files of other owners."""
    for place, folders, files in os.walk(home):
        for path in (Path(place, name) for name in (*folders, *files)):
            with suppress(OSError):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & ~OTHERS)
    with suppress(PermissionError):  # last: a partly closed home is then processed again
        home.chmod(home.stat().st_mode & ~OTHERS)
