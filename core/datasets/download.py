"""Download public files, of a data set or of weights, and check their checksums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from core.datasets.dataset import Progress, Remote
from core.errors import UnreachableError
from core.settings import Settings

CONNECT_S = 10  # timeout for connecting and between two bytes


class _Bar:
    """Progress bar for pooch, with the interface of tqdm.

    Args:
        say: Receives the downloaded share, from 0 to 1.
    """

    def __init__(self, say: Callable[[float], None]) -> None:
        self._say, self.total, self.n = say, 0, 0

    def update(self, size: int) -> None:
        """Add `size` bytes to the count."""
        self.n += size
        self._say(min(1.0, self.n / self.total) if self.total else 0.0)

    def reset(self) -> None:
        """Reset the count."""
        self.n = 0

    def close(self) -> None:
        """Do nothing; pooch requires it."""


def find_files(settings: Settings, files: Sequence[Remote]) -> dict[str, Path]:
    """Return those of these files that are here, by name: in the data folder or from earlier downloads."""
    places = (fetched(settings), settings.data_dir)
    found = [place / file.name for place in places for file in files]
    return {path.name: path for path in found if path.is_file()}


def fetched(settings: Settings) -> Path:
    """Return the folder of downloaded files."""
    return settings.home / "downloads"


def fetch(settings: Settings, files: Sequence[Remote], progress: Progress) -> dict[str, Path]:
    """Return all these files by name, after downloading the missing ones.

    Raises:
        UnreachableError: A file cannot be downloaded or has the wrong checksum.
    """
    here = find_files(settings, files)
    missing = [file for file in files if file.name not in here]
    total, done = sum(file.megabytes for file in missing), 0.0
    for file in missing:
        say = partial(_say, progress, file, done, total)
        here[file.name] = _fetch(settings, file, say)
        done += file.megabytes
    return here


def _say(progress: Progress, file: Remote, done: float, total: float, share: float) -> None:
    progress(f"downloading {file.name}, {file.megabytes:,.1f} MB", (done + share * file.megabytes) / total)


def _fetch(settings: Settings, file: Remote, say: Callable[[float], None]) -> Path:
    import pooch
    import requests

    fetcher = pooch.HTTPDownloader(timeout=CONNECT_S, progressbar=_Bar(say))
    try:
        # pooch writes a temporary file and renames it once the checksum is right.
        return Path(pooch.retrieve(file.url, file.checksum or None, file.name, fetched(settings), downloader=fetcher))
    except (requests.RequestException, OSError) as error:
        raise UnreachableError(
            f"{file.name} could not be downloaded from {file.url}",
            received=type(error).__name__,
            fix=f"Check the server's connection and try again, or put the file into {settings.data_dir}.",
        ) from error
    except ValueError as error:  # the checksum
        raise UnreachableError(
            f"{file.url} is not the expected file",
            expected=f"a file of {file.megabytes} MB with {file.checksum[:20]}...",
            received="another checksum",
            fix="Try again later: the download may be incomplete.",
        ) from error
