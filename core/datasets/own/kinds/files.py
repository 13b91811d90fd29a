"""The raw files of an upload on the server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS, Kind
from core.datasets.archives.zips import files_of_zip, open_zip
from core.datasets.own.uploads import Upload
from core.errors import DatasetError

ZIP = "upload.zip"
BRING_FOLDERS = "Put the files of each class into its own folder, and give the folder that holds these folders."


@dataclass(frozen=True)
class Sent:
    """Chosen files with their names on the server.

    Args:
        files: Name among the raw files -> file; a folder, whose content goes there directly, has an empty name.
        options: Options for the card that follow from the files.
    """

    files: dict[str, Upload]
    options: dict[str, Any] = field(default_factory=dict)


def as_one_file(files: Sequence[Upload]) -> Sent:
    """Return a single file or folder to send, with its name among the options."""
    [file] = files
    return Sent({raw_name(file): file}, {"name": file.name})


def raw_name(file: Upload) -> str:
    """Return a file's name among the raw files, which takes only the suffix from the untrusted name."""
    return "" if file.path.is_dir() else f"upload{file.suffix}"


def only_file(place: Path) -> Path:
    """Return the one file of an upload.

    Raises:
        DatasetError: There is more than one file, or none.
    """
    files = [path for path in place.iterdir() if path.is_file()]
    if len(files) != 1:
        raise DatasetError("the upload is not complete", expected="one file", received=f"{len(files)} files")
    return files[0]


def count_inside(file: Upload, kind: Kind) -> int:
    """Count the files in a ZIP or folder with the suffixes of a kind.

    Raises:
        DatasetError: It is not a valid ZIP.
    """
    if file.path.is_dir():
        return _count((path.suffix for path in file.path.rglob("*")), kind)
    with open_zip(file.path, file.name) as archive:
        return _count((Path(inside.name).suffix for inside in files_of_zip(archive)[0]), kind)


def _count(suffixes: Iterable[str], kind: Kind) -> int:
    return sum(suffix.lower() in kind.suffixes for suffix in islice(suffixes, 3 * LIMITS.files))
