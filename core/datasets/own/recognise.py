"""Recognise the kind of data in files given by their paths, from names and content."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.datasets.archives.archives import LIMITS, read_folder
from core.datasets.archives.zips import short
from core.datasets.images.photos import Shaping
from core.datasets.own import own
from core.datasets.own.kinds import KINDS, DataKind
from core.datasets.own.uploads import Upload
from core.errors import DatasetError
from core.units import MB

TAKEN = f"{', '.join(kind.takes for kind in KINDS[:-1])}, or {KINDS[-1].takes}"


@dataclass(frozen=True)
class Brought:
    """Recognised files.

    Args:
        kind: Kind of the data.
        options: Options for the `Card`.
        title: Default title.
        files: Name among the raw files -> path; the name of a folder is empty.
    """

    kind: DataKind
    options: dict[str, Any]
    title: str
    files: dict[str, Path]


def recognise(
    paths: Sequence[Path],
    shaping: Shaping,
    *,
    target: str | None = None,
    text: str | None = None,
    forecast: bool = False,
) -> Brought:
    """Recognise the kind of files.

    Args:
        paths: One file or folder, or as many files as a kind takes.
        shaping: How to shape photos.
        target: Column to predict; None unless the file is a table.
        text: Column of texts to predict it from; None unless the file is a table with one.
        forecast: Whether that column is to be forecast from what came before.

    Raises:
        DatasetError: A file does not exist, or no kind fits.
    """
    for path in paths:
        if not path.exists():
            raise DatasetError(f"there is no file {short(str(path))}")
    files = [Upload(path.name, path, path.stat().st_size) for path in paths]
    kind = _kind(files, target, text, forecast)
    sent = kind.sent(files)
    options = {**kind.defaults, **sent.options}
    if kind.is_shaped:
        options |= {"side": shaping.side, "fit": shaping.fit, "channels": shaping.channels}
    if target is not None:
        options["target"] = target
    if text is not None:
        options["text"] = text
    placed = {name: file.path for name, file in sent.files.items()}
    return Brought(kind, options, _title(next(iter(placed.values()))), placed)


def _kind(files: Sequence[Upload], target: str | None, text: str | None, forecast: bool) -> DataKind:
    def can(kind: DataKind) -> bool:
        if forecast:
            return kind.is_forecast
        return kind.has_text if text is not None else target is None or kind.has_target

    fitting = [kind for kind in KINDS if kind.fits(files) and can(kind)]
    if not fitting:
        raise _not_taken(files, target or text)
    return max(fitting, key=lambda kind: kind.likeness(files[0]))


def _not_taken(files: Sequence[Upload], target: str | None) -> DatasetError:
    if len(files) != 1:
        received = ", ".join(short(file.name) for file in files[:5])
        return DatasetError("these files do not form a data set", expected=f"one of {TAKEN}", received=received)
    [file] = files
    if target is not None:
        what = f"{short(file.name)} is not a table, so it has no column to predict"
        return DatasetError(what, fix="Leave out --target and --text.")
    fix = next((kind.hints[file.suffix] for kind in KINDS if file.suffix in kind.hints), "")
    return DatasetError(f"{short(file.name)} is not a data set of a known kind", expected=TAKEN, fix=fix)


def _title(path: Path) -> str:
    return " ".join(path.resolve().stem.split())[: own.LONGEST_TITLE] or "My data"


def copy_to(brought: Brought, place: Path) -> None:
    """Copy recognised files to a folder of raw files.

    Args:
        brought: The files.
        place: An empty, existing folder.

    Raises:
        DatasetError: A file cannot be read or written, is too large, or a folder has no valid data.
    """
    try:
        for name, path in brought.files.items():
            if path.is_dir() and brought.kind.folders is not None:
                read_folder(path, brought.kind.folders)  # refuses other folders before they are copied
                shutil.copytree(path, place, symlinks=True, ignore=_specials, dirs_exist_ok=True)
            elif path.stat().st_size > LIMITS.unpacked_mb * MB:
                raise DatasetError(f"{short(path.name)} is too large", expected=f"at most {LIMITS.unpacked_mb:,} MB")
            else:
                shutil.copyfile(path, place / name)
    except OSError as error:  # includes shutil.Error
        raise DatasetError("the files cannot be copied", received=str(error.strerror or error)[:200]) from error


def _specials(folder: str, names: list[str]) -> list[str]:
    """Return the names of pipes and devices, which would block a copy forever."""
    kinds = {name: (Path(folder) / name).lstat().st_mode for name in names}
    return [
        name for name, mode in kinds.items() if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
    ]
