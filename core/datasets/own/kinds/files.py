"""How the files of an upload lie on the server until they are read."""

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
BRING_FOLDERS = "Put the files of each class into a folder of its own, and bring the folder of these folders."


@dataclass(frozen=True)
class Sent:
    """Chosen files, as they are sent.

    Args:
        files: Each by its name among the raw files; a folder, whose content lies there itself, by an empty name.
        options: What they say of themselves, for the card.
    """

    files: dict[str, Upload]
    options: dict[str, Any] = field(default_factory=dict)


def as_one_file(files: Sequence[Upload]) -> Sent:
    """Return a single file or folder as it is sent, with its name among the options."""
    [file] = files
    return Sent({raw_name(file): file}, {"name": file.name})


def raw_name(file: Upload) -> str:
    """Return what a file is called among the raw files: nothing of a stranger's name but its ending."""
    return "" if file.path.is_dir() else f"upload{file.suffix}"


def only_file(place: Path) -> Path:
    """Return the one file of an upload.

    Raises:
        DatasetError: There are more, or none.
    """
    files = [path for path in place.iterdir() if path.is_file()]
    if len(files) != 1:
        raise DatasetError("the upload is not complete", expected="one file", received=f"{len(files)} files")
    return files[0]


def count_inside(file: Upload, kind: Kind) -> int:
    """Return how many files in a ZIP or folder are called as a kind of files is.

    Raises:
        DatasetError: It is no ZIP.
    """
    if file.path.is_dir():
        return _count((path.suffix for path in file.path.rglob("*")), kind)
    with open_zip(file.path, file.name) as archive:
        return _count((Path(inside.name).suffix for inside in files_of_zip(archive)[0]), kind)


def _count(suffixes: Iterable[str], kind: Kind) -> int:
    return sum(suffix.lower() in kind.suffixes for suffix in islice(suffixes, 3 * LIMITS.files))
