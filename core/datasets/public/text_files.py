"""What the public texts share: where their files are, and the code that fetches one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from core.datasets.dataset import Arrays, Progress, Remote
from core.errors import DatasetError
from core.settings import Settings

_RAW = "https://raw.githubusercontent.com"


def remote(name: str, place: str, checksum: str, megabytes: float) -> Remote:
    """Return a file in a repository on GitHub."""
    return Remote(name, f"{_RAW}/{place}", f"sha256:{checksum}", megabytes)


def fetched(file: Remote) -> str:
    """Return the code of the path to a file: it is downloaded once, unless it has no address."""
    return f'keras.utils.get_file("{file.name}", "{file.url}")' if file.url else repr(file.name)


def not_loaded(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
    """Refuse to load data whose vocabulary is learned."""
    raise DatasetError("this data is made with its vocabulary")
