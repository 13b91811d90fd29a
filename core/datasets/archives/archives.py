"""List images or sounds in a ZIP or folder with one folder for each class, without decoding or unpacking to disk."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from core.datasets.archives.zip_names import UTF8
from core.datasets.archives.zips import (
    JUNK,
    LIMITS,
    LINK,
    File,
    files_of_zip,
    open_zip,
    parts,
    read_bounded,
    short,
    too_many,
)
from core.datasets.classes.counts import one, settle_classes
from core.datasets.classes.folders import TEST, TRAIN, Folder, read_tree
from core.datasets.classes.names import natural_key, safe_names
from core.errors import DatasetError
from core.units import MB

__all__ = [
    "IMAGE_SUFFIXES",
    "LIMITS",
    "Entry",
    "Found",
    "Kind",
    "natural_key",
    "read_folder",
    "read_zip",
    "settle_classes",
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
    """The kind of files to look for.

    Args:
        noun: The files as a plural noun, for messages.
        suffixes: Accepted suffixes.
        may_lack_suffix: Whether to accept files without a suffix.
        label_in_name: Whether files outside class folders may be named `{label}_...`.
    """

    noun: str
    suffixes: frozenset[str]
    may_lack_suffix: bool = False
    label_in_name: bool = False


BURST = re.compile(r"burst[ _-]?\d+", re.IGNORECASE)  # a folder in a class folder whose images belong together
IMAGES = Kind("images", IMAGE_SUFFIXES, may_lack_suffix=True)


@dataclass(frozen=True)
class Entry:
    """One image or sound, not opened yet.

    Args:
        name: Path as the user knows it, with forward slashes; long paths are cut in the middle.
        label: Class, usually the name of its class folder.
        read: Returns the bytes, at most `LIMITS.file_mb`; raises DatasetError if they are damaged.
        is_test: Whether its folder marks it as a test example.
        burst: Name of its folder if that is named like `burst_1`; else empty.
    """

    name: str
    label: str
    read: Callable[[], bytes]
    is_test: bool = False
    burst: str = ""


@dataclass(frozen=True)
class Found:
    """The content of a ZIP or folder.

    Args:
        entries: The images or sounds, in natural order of their names.
        skipped: (name, reason) of each file of another type, too large or without a class.
        said: Sentences about how it was read: classes left out, the files' own split.
    """

    entries: list[Entry]
    skipped: list[tuple[str, str]]
    said: list[str]


@contextmanager
def read_zip(source: Path | IO[bytes], kind: Kind = IMAGES, name: str = "") -> Iterator[Found]:
    """List the images of a ZIP with one folder for each class.

    The entries can be read while the context is open.

    Args:
        source: Path of the ZIP, or the uploaded file itself.
        kind: Kind of files to look for.
        name: File name as the user knows it, for messages.

    Raises:
        DatasetError: It is not a ZIP, is damaged or hostile, or has too few classes with enough images.
    """
    with open_zip(source, name) as archive:
        files, alphabet = files_of_zip(archive)
        found = _sort_out(files, kind)
        if alphabet != UTF8:
            found.said.append(
                f"The ZIP does not state the encoding of its file names; they were read as {alphabet}. Check them."
            )
        yield found


def read_folder(root: Path, kind: Kind = IMAGES) -> Found:
    """List the images of a folder with one folder for each class.

    Raises:
        DatasetError: It has too many files, or too few classes with enough images.
    """
    return _sort_out(_files_of_folder(root), kind)


def _files_of_folder(root: Path) -> Iterator[File]:
    waiting, seen = [root], 0
    while waiting:
        for item in _listed(waiting.pop()):
            seen += 1
            if seen > 3 * LIMITS.files:
                raise too_many()
            if item.is_dir(follow_symlinks=False):
                waiting.append(Path(item.path))
            yield _file(item, Path(item.path).relative_to(root).as_posix())


def _file(item: os.DirEntry[str], name: str) -> File:
    is_folder = item.is_dir(follow_symlinks=False)
    why_not = "" if is_folder or item.is_file(follow_symlinks=False) else LINK
    size_bytes = item.stat(follow_symlinks=False).st_size
    return File(name, size_bytes, partial(_read_from_folder, Path(item.path), name), why_not, is_folder)


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
    kept: dict[Folder, File] = {}
    other: dict[Folder, str] = {}  # path of a skipped file -> reason; path of a folder -> ""
    skipped: list[tuple[str, str]] = []
    for file in files:
        try:
            path = parts(file.name)
        except DatasetError as error:
            skipped.append((short(file.name), error.what))
            continue
        if any(part.startswith(".") or part.casefold() in JUNK for part in path):
            continue
        if file.is_folder:
            other[(*path, "")] = ""
        elif why := "it is in the ZIP twice" if path in kept else _why_not(path[-1], file, kind):
            skipped.append((short("/".join(path)), why))
            other.setdefault(path, why)
        else:
            kept[path] = file
    if len(kept) > LIMITS.files:
        raise too_many(kind.noun)
    if sum(file.size_bytes for file in kept.values()) > LIMITS.unpacked_mb * MB:
        raise DatasetError(f"the {kind.noun} are too large", expected=f"at most {LIMITS.unpacked_mb:,} MB in total")
    return _in_classes(kept, other, skipped, kind)


def _in_classes(
    kept: Mapping[Folder, File], other: Mapping[Folder, str], skipped: list[tuple[str, str]], kind: Kind
) -> Found:
    """Assign a class to each file; files without a class join the skipped ones."""
    place, said = _places(kept.keys(), kind)
    places = {path: place(path) for path in kept}
    if not any(places.values()):
        raise _no_classes(kept, skipped, kind.noun)
    counts = Counter(spot[0] for spot in places.values() if spot and spot[1] == TRAIN)
    refused: dict[str, list[str]] = {spot[0]: [] for path in (*kept, *other) if (spot := place(path))}
    for path, why in other.items():
        if why and (spot := place(path)):
            refused[spot[0]].append(why)
    tested = {spot[0] for spot in places.values() if spot and spot[1] == TEST}
    for label in tested - counts.keys():
        refused[label].append("it is for testing, and the class has none for training")
    labels, left_out = settle_classes(counts, refused, kind.noun)
    names = dict(zip(labels, safe_names(labels), strict=True))
    entries = []
    for path in sorted(kept, key=lambda path: natural_key("/".join(path))):
        spot, name = places[path], short("/".join(path))
        if spot is None or spot[0] not in names:
            skipped.append((name, "it is not in a class folder" if spot is None else "its class is left out"))
        else:
            burst = next((folder for folder in path[-2:-1] if folder != spot[0] and BURST.fullmatch(folder)), "")
            entries.append(Entry(name, names[spot[0]], kept[path].read, is_test=spot[1] == TEST, burst=burst))
    if untested := [short(label) for label in labels if tested and label not in tested]:
        said.append(f"There are no test {kind.noun} of {', '.join(untested[:5])}.")
    return Found(entries, skipped, said + left_out)


def _places(paths: Collection[Folder], kind: Kind) -> tuple[Callable[[Folder], tuple[str, str] | None], list[str]]:
    """Return a function from path to (class, part), and sentences about the split."""
    folders = {path[:-1] for path in paths}
    if kind.label_in_name and len(folders) == 1 and all("_" in path[-1].lstrip("_") for path in paths):
        return lambda path: (path[-1].lstrip("_").split("_")[0], TRAIN) if path in paths else None, []
    tree = read_tree(folders)
    parts = ", ".join(sorted(map(short, tree.parts)))
    sides = {spot[1] for folder in folders if (spot := tree.place(folder))}
    if tree.parts and not sides:
        expected = f"class folders in each, such as {short(next(iter(tree.parts)))}/cats"
        raise DatasetError(f"the {kind.noun} in {parts} are not in class folders", expected=expected)
    said = []
    if tree.parts:
        said = [
            f"The files have their own split, in folders: {parts}."
            if TEST in sides
            else f"The folders {parts} were joined, as none of them has test {kind.noun}."
        ]
    return lambda path: tree.place(path[:-1]), said


def _no_classes(kept: Collection[Folder], skipped: list[tuple[str, str]], noun: str) -> DatasetError:
    """Return the error for files outside folders, or all in one."""
    what = "there is only one class" if all(path[1:] for path in kept) else f"the {noun} are not in folders"
    if not kept:
        what = f"it has no {noun}" + (" that can be used" if skipped else "")
    return DatasetError(what, expected=f"one folder of {noun} for each class", received=_most_skipped(skipped))


def _most_skipped(skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return ""
    [(why, _)] = Counter(why for _, why in skipped).most_common(1)
    name = next(name for name, reason in skipped if reason == why)
    return f"{len(skipped):,} other files, such as {name}: {why}"


def _why_not(file_name: str, file: File, kind: Kind) -> str:
    """Return the reason to skip a file; empty if there is none."""
    suffix = os.path.splitext(file_name)[1].casefold()
    if suffix in _ARCHIVE_SUFFIXES:
        return f"it is an archive inside the archive; unpack it and send the {kind.noun} themselves"
    if suffix not in kind.suffixes and (suffix or not kind.may_lack_suffix):
        return f"{short(suffix)[:20] or 'a name without a suffix'} is not a supported {one(kind.noun)} format"
    return file.why_not or (f"it is larger than {LIMITS.file_mb} MB" if file.size_bytes > LIMITS.file_mb * MB else "")
