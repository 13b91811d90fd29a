"""Fetching the public files of a data set: whole and checked, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from core.datasets.dataset import Dataset, Progress, Remote
from core.errors import UnreachableError
from core.settings import Settings

CONNECT_S = 10  # and at most so long without a byte


class _Bar:
    """What pooch tells its progress to, as it would tell tqdm.

    Args:
        say: Gets the share that is here, from 0 to 1.
    """

    def __init__(self, say: Callable[[float], None]) -> None:
        self._say, self.total, self.n = say, 0, 0

    def update(self, size: int) -> None:
        """Take note of so many more bytes."""
        self.n += size
        self._say(min(1.0, self.n / self.total) if self.total else 0.0)

    def reset(self) -> None:
        """Begin anew."""
        self.n = 0

    def close(self) -> None:
        """End."""


def find_files(settings: Settings, dataset: Dataset) -> dict[str, Path]:
    """Return those of a data set's files that are here: in the data folder, or fetched before."""
    places = (fetched(settings), settings.data_dir)
    found = [place / file.name for place in places for file in dataset.files]
    return {path.name: path for path in found if path.is_file()}


def fetched(settings: Settings) -> Path:
    """Return the folder of fetched files."""
    return settings.home / "downloads"


def fetch(settings: Settings, dataset: Dataset, progress: Progress) -> Mapping[str, Path]:
    """Return all files of a data set, fetching those that are not here.

    Raises:
        UnreachableError: One of them cannot be reached, or is not what it should be.
    """
    here = find_files(settings, dataset)
    missing = [file for file in dataset.files if file.name not in here]
    total, done = sum(file.megabytes for file in missing), 0.0
    for file in missing:
        say = partial(_say, progress, file, done, total)
        here[file.name] = _fetch(settings, file, say)
        done += file.megabytes
    return here


def _say(progress: Progress, file: Remote, done: float, total: float, share: float) -> None:
    progress(f"fetching {file.name}, {file.megabytes:,.1f} MB", (done + share * file.megabytes) / total)


def _fetch(settings: Settings, file: Remote, say: Callable[[float], None]) -> Path:
    import pooch
    import requests

    fetcher = pooch.HTTPDownloader(timeout=CONNECT_S, progressbar=_Bar(say))
    try:
        # Into a temporary file, which gets its name once its checksum is right.
        return Path(pooch.retrieve(file.url, file.checksum, file.name, fetched(settings), downloader=fetcher))
    except (requests.RequestException, OSError) as error:
        raise UnreachableError(
            f"{file.name} could not be fetched from {file.url}",
            received=type(error).__name__,
            fix=f"Check the server's connection and try again, or put the file into {settings.data_dir}.",
        ) from error
    except ValueError as error:  # the checksum
        raise UnreachableError(
            f"{file.url} is not the file that it should be",
            expected=f"a file of {file.megabytes} MB with {file.checksum[:20]}...",
            received="another checksum",
            fix="Try again later: it may have been cut short.",
        ) from error
