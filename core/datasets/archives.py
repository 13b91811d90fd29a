"""People's own images or sounds: a ZIP or a folder with one folder a class. Nothing is decoded or written to disk."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from posixpath import commonpath
from typing import IO

from core.datasets.zips import (
    JUNK,
    LIMITS,
    MB,
    File,
    files_of_zip,
    link,
    open_zip,
    parts,
    read_bounded,
    short,
    too_many,
)
from core.errors import DatasetError

__all__ = [
    "IMAGE_SUFFIXES",
    "LIMITS",
    "MB",
    "Entry",
    "Found",
    "Kind",
    "check_classes",
    "natural_key",
    "read_folder",
    "read_zip",
]

IMAGE_SUFFIXES = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib"),
        *(".tif", ".tiff", ".gif", ".heic", ".heif", ".hif"),
    }
)
_ARCHIVE_SUFFIXES = frozenset(
    {
        *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz"),
        *(".zst", ".lz4", ".7z", ".rar", ".cab", ".iso", ".jar"),
    }
)


@dataclass(frozen=True)
class Kind:
    """What files are looked for.

    Args:
        noun: What they are, for messages.
        suffixes: How their names end.
        may_lack_suffix: Whether a file without a suffix is taken for one.
        label_in_name: Whether files in no class folder may be called `{label}_...`.
    """

    noun: str
    suffixes: frozenset[str]
    may_lack_suffix: bool = False
    label_in_name: bool = False


IMAGES = Kind("images", IMAGE_SUFFIXES, may_lack_suffix=True)


@dataclass(frozen=True)
class Entry:
    """One image or sound that has not been opened yet.

    Args:
        name: Its path as the user knows it, with forward slashes.
        label: Its class: the name of the folder that holds it, mostly.
        read: Returns its bytes, never more than `LIMITS.file_mb`; raises DatasetError if they are damaged.
    """

    name: str
    label: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Found:
    """What a ZIP or folder holds.

    Args:
        entries: The images or sounds, in natural order of their names.
        skipped: (name, why) of each file that is something else or too large.
    """

    entries: list[Entry]
    skipped: list[tuple[str, str]]


@contextmanager
def read_zip(source: Path | IO[bytes], kind: Kind = IMAGES) -> Iterator[Found]:
    """List the images of a ZIP that has one folder a class.

    The entries can be read as long as the context is open.

    Args:
        source: The ZIP's path, or the uploaded file itself.
        kind: What else than images to look for.

    Raises:
        DatasetError: It is no ZIP, damaged, hostile, or not one folder a class.
    """
    with open_zip(source) as archive:
        yield _sort_out(files_of_zip(archive), kind)


def read_folder(root: Path, kind: Kind = IMAGES) -> Found:
    """List the images of a folder that has one folder a class.

    Raises:
        DatasetError: It holds links, archives, too many files, or is not one folder a class.
    """
    return _sort_out(_files_of_folder(root), kind)


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Return a key that sorts as people count: img2 before img10."""
    pieces = re.split(r"([0-9]{1,18})", name.casefold())  # texts at even, digits at odd places
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name


def _files_of_folder(root: Path) -> Iterator[File]:
    waiting, seen, total_bytes = [root], 0, 0
    while waiting:
        for item in _listed(waiting.pop()):
            name = Path(item.path).relative_to(root).as_posix()
            if not (item.is_dir(follow_symlinks=False) or item.is_file(follow_symlinks=False)):
                raise link(name)
            if item.is_dir(follow_symlinks=False):
                waiting.append(Path(item.path))
                continue
            size_bytes = item.stat(follow_symlinks=False).st_size
            seen, total_bytes = seen + 1, total_bytes + size_bytes
            if seen > 3 * LIMITS.files:
                raise too_many()
            if total_bytes > LIMITS.unpacked_mb * MB:
                raise DatasetError("the folder is too large", expected=f"at most {LIMITS.unpacked_mb:,} MB")
            yield File(name, size_bytes, partial(_read_from_folder, Path(item.path), name))


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return list(items)
    except OSError as error:
        raise DatasetError(f"the folder {short(folder.name)} cannot be read", received=str(error.strerror)) from error


def _read_from_folder(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return read_bounded(file, name)
    except OSError as error:
        raise DatasetError(f"{short(name)} cannot be read", received=str(error.strerror)) from error


def _sort_out(files: Iterable[File], kind: Kind) -> Found:
    kept: dict[tuple[str, ...], File] = {}
    skipped = []
    for file in files:
        path = parts(file.name)
        if any(part.startswith(".") or part.casefold() in JUNK for part in path):
            continue
        why = "it is in the ZIP twice" if path in kept else _why_not(path[-1], file.size_bytes, kind)
        if why:
            skipped.append(("/".join(path), why))
        else:
            kept[path] = file
    if len(kept) > LIMITS.files:
        raise too_many(kind.noun)
    labels = _labels(list(kept), kind)
    check_classes(Counter(labels), kind.noun)
    entries = [Entry("/".join(path), label, kept[path].read) for path, label in zip(kept, labels, strict=True)]
    return Found(sorted(entries, key=lambda entry: natural_key(entry.name)), skipped)


def _labels(paths: list[tuple[str, ...]], kind: Kind) -> list[str]:
    """Return the class of each file: its folder, or the beginning of its name if all lie in one folder."""
    names = [path[-1] for path in paths]
    is_flat = len({path[:-1] for path in paths}) == 1
    if kind.label_in_name and is_flat and all("_" in name.lstrip("_") for name in names):
        return [name.lstrip("_").split("_")[0] for name in names]
    _check_folders([path[:-1] for path in paths], kind.noun)
    return [path[-2] for path in paths]


def _why_not(file_name: str, size_bytes: int, kind: Kind) -> str:
    """Return why a file is passed over, or nothing."""
    suffix = os.path.splitext(file_name)[1].casefold()
    if suffix in _ARCHIVE_SUFFIXES:
        raise DatasetError(
            f"there is another archive inside: {short(file_name)}",
            fix=f"Unpack it, and send the {kind.noun} themselves.",
        )
    if suffix not in kind.suffixes and (suffix or not kind.may_lack_suffix):
        return f"{suffix[:20] or 'a name without a suffix'} is no {kind.noun.removesuffix('s')} that can be read"
    return f"it is larger than {LIMITS.file_mb} MB" if size_bytes > LIMITS.file_mb * MB else ""


def _check_folders(folders: list[tuple[str, ...]], noun: str) -> None:
    """Refuse files beside the class folders, and two folders of one name."""
    if not folders:
        raise DatasetError(f"there are no {noun} in it", expected=f"one folder of {noun} for each class")
    top = commonpath(["/".join(folder) for folder in folders])
    loose = sum("/".join(folder) == top for folder in folders)
    if loose and (not top or loose < len(folders)):
        raise DatasetError(
            f"some {noun} are in no class folder" if loose < len(folders) else f"the {noun} are in no folder",
            expected=f"one folder of {noun} for each class",
            fix="Put each of them into the folder of its class.",
        )
    places: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        other = places.setdefault(folder[-1], folder)
        if other != folder:
            raise DatasetError(
                f"two folders are called {short(folder[-1])}",
                received=f"{short('/'.join(other))} and {short('/'.join(folder))}",
                fix=f"Put the {noun} of a class into one folder; we split them for training and test ourselves.",
            )


def check_classes(files_per_class: Counter[str], noun: str = "images") -> None:
    """Check that there are enough classes and enough files of each.

    Args:
        files_per_class: How many images, or whatever `noun` is, there are of each.
        noun: What they are, for messages.

    Raises:
        DatasetError: There are too few or too many classes, or one has too few of them.
    """
    number = len(files_per_class)
    if not LIMITS.least_classes <= number <= LIMITS.most_classes:
        raise DatasetError(
            "there is only one class" if number == 1 else "the number of classes is not possible",
            expected=f"{LIMITS.least_classes} to {LIMITS.most_classes} folders with {noun}, one for each class",
            received="" if number == 1 else f"{number:,}",
        )
    for label in sorted(files_per_class, key=natural_key):
        if files_per_class[label] < LIMITS.least_images:
            raise DatasetError(
                f"the class {short(label)} has too few {noun}",
                expected=f"at least {LIMITS.least_images}",
                received=str(files_per_class[label]),
            )
