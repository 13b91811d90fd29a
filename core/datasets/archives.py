"""People's own images: a ZIP or a folder with one folder a class. Nothing is decoded, nothing written to disk.

Nobody vouches for these files, so everything about them is checked before a byte is unpacked.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from posixpath import commonpath
from typing import IO

from core.errors import DatasetError

MB = 2**20


@dataclass(frozen=True)
class Limits:
    """How much of somebody else's files we read.

    Args:
        files: Most images; a ZIP may list three times as many names (folders, the twins that macOS adds).
        archive_mb, unpacked_mb, file_mb: Most megabytes of the ZIP, of all its files, of one file.
        ratio: Most bytes that one byte of the ZIP may become, in files over `ratio_from_mb`.
        megapixels: Most pixels of one image, in millions.
        least_classes, most_classes, least_images: Number of classes, and of images in each.
    """

    files: int = 20_000
    archive_mb: int = 200  # Streamlit's own limit of an upload
    unpacked_mb: int = 2_000
    file_mb: int = 50
    ratio: int = 200  # a page of one colour as PNG compresses better, but stays under a megabyte
    ratio_from_mb: int = 1
    megapixels: int = 60
    least_classes: int = 2
    most_classes: int = 100
    least_images: int = 4


LIMITS = Limits()

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
_JUNK = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DRIVE = re.compile(r"[A-Za-z]:")
_MOST_NAME = 255  # characters of a file's or folder's name; no file system has more
_MOST_LISTING = 1000  # bytes of the ZIP's directory for each file, comments included

_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 4.3.16: signature, disks, counts, size, offset, comment
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_RECORD_BYTES = 46  # 4.3.12, without name, extra field and comment

# What zipfile and zlib are known to raise for a file whose bytes are wrong.
_DAMAGE = (EOFError, OSError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Entry:
    """One image that has not been opened yet.

    Args:
        name: Its path as the user knows it, with forward slashes.
        label: Its class: the name of the folder that holds it.
        read: Returns its bytes, never more than `LIMITS.file_mb`; raises DatasetError if they are damaged.
    """

    name: str
    label: str
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Found:
    """What a ZIP or folder holds.

    Args:
        entries: The images, in natural order of their names.
        skipped: (name, why) of each file that is no image or too large.
    """

    entries: list[Entry]
    skipped: list[tuple[str, str]]


@dataclass(frozen=True)
class _File:
    name: str
    size_bytes: int
    read: Callable[[], bytes]


@contextmanager
def read_zip(source: Path | IO[bytes]) -> Iterator[Found]:
    """List the images of a ZIP that has one folder a class.

    The entries can be read as long as the context is open.

    Args:
        source: The ZIP's path, or the uploaded file itself.

    Raises:
        DatasetError: It is no ZIP, damaged, hostile, or not one folder a class.
    """
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        size_bytes = file.seek(0, os.SEEK_END)
        if size_bytes > LIMITS.archive_mb * MB:
            raise DatasetError("the ZIP is too large", expected=f"at most {LIMITS.archive_mb} MB")
        _check_listing(file, size_bytes)
        with _open_zip(file) as archive:
            _check_sizes(archive, size_bytes)
            yield _sort_out(_files_of_zip(archive))


def read_folder(root: Path) -> Found:
    """List the images of a folder that has one folder a class.

    Raises:
        DatasetError: It holds links, archives, too many files, or is not one folder a class.
    """
    return _sort_out(_files_of_folder(root))


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Return a key that sorts as people count: img2 before img10."""
    pieces = re.split(r"([0-9]{1,18})", name.casefold())  # texts at even, digits at odd places
    return [int(piece) if place % 2 else piece for place, piece in enumerate(pieces)], name


def _check_listing(file: IO[bytes], size_bytes: int) -> None:
    """Walk the directory at the ZIP's end without keeping it: zipfile would hold all of a million records."""
    start, end, declared = _find_listing(file, size_bytes)
    most = 3 * LIMITS.files
    if declared > most or end - start > LIMITS.files * _MOST_LISTING:
        raise _too_many()
    file.seek(start)
    records, position = 0, start
    while position < end:
        record = file.read(_RECORD_BYTES)
        if len(record) < _RECORD_BYTES or record[:4] != b"PK\1\2":
            raise _damaged()
        position += _RECORD_BYTES + sum(struct.unpack_from("<3H", record, 28))
        file.seek(position)
        records += 1
        if records > most:
            raise _too_many()


def _find_listing(file: IO[bytes], size_bytes: int) -> tuple[int, int, int]:
    """Return where the directory starts and ends, and its number of records; found just as zipfile does."""
    tail_start = max(0, size_bytes - 2**16 - _END.size)  # a comment of at most 64 KB may follow
    file.seek(tail_start)
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0:
        file.seek(0)
        if file.read(4) == b"PK\3\4":
            raise _damaged()
        raise DatasetError("this is not a ZIP file", fix="Put the class folders into one .zip file and send that.")
    if len(tail) - place < _END.size:
        raise _damaged()
    declared, length = _END.unpack_from(tail, place)[4:6]
    end = tail_start + place
    if end >= _END64.size + _LOCATOR64.size:
        file.seek(end - _END64.size - _LOCATOR64.size)
        record = file.read(_END64.size + _LOCATOR64.size)
        if record[_END64.size :][:4] == b"PK\6\7" and record[:4] == b"PK\6\6":
            declared, length = _END64.unpack_from(record)[7:9]
            end -= len(record)
    if length > end:
        raise _damaged()
    return end - length, end, declared


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except UnicodeDecodeError as error:
        raise _unknown_letters() from error
    except _DAMAGE as error:
        raise _damaged() from error


def _check_sizes(archive: zipfile.ZipFile, size_bytes: int) -> None:
    """Refuse what would unpack to far more than it is."""
    infos = archive.infolist()
    if sum(info.file_size for info in infos) > LIMITS.unpacked_mb * MB:
        raise DatasetError("the ZIP unpacks to too much", expected=f"at most {LIMITS.unpacked_mb:,} MB of files")
    if sum(info.compress_size for info in infos) > size_bytes:
        raise DatasetError("the files inside the ZIP overlap or claim to be larger than the ZIP itself")
    for info in infos:
        if info.file_size > max(LIMITS.ratio_from_mb * MB, LIMITS.ratio * info.compress_size):
            raise DatasetError(
                f"{_short(info.filename)} in the ZIP unpacks to more than {LIMITS.ratio} times its size",
                fix="No photo does; leave it out.",
            )


def _files_of_zip(archive: zipfile.ZipFile) -> Iterator[_File]:
    for info in archive.infolist():
        name = _name_in_zip(info)
        _check_kind(info, name)
        _parts(name)  # refuses bad paths of folders too
        is_folder = name.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16)
        if not is_folder:
            yield _File(name, info.file_size, partial(_read_from_zip, archive, info, name))


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """Return the name; bytes that are not marked as UTF-8 are still taken as that if they can be."""
    if info.flag_bits & 0x800:
        return info.orig_filename
    try:
        return info.orig_filename.encode("cp437").decode()  # zipfile took the bytes as cp437, which has all 256
    except UnicodeError as error:
        raise _unknown_letters() from error


def _check_kind(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & 0x2041:  # encrypted; strongly; its directory too
        raise DatasetError("the ZIP is encrypted", fix="Make it again without a password.")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _link(name)
    # zipfile unpacks bzip2 and LZMA without a bound, and no photo gains by them.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DatasetError(
            f"{_short(name)} in the ZIP is packed in an unusual way",
            expected="stored or deflated",
            fix="Make the ZIP with the usual settings.",
        )


def _read_from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(info) as member:
            return _read_bounded(member, name, info.file_size)
    except _DAMAGE as error:
        raise DatasetError(f"{_short(name)} is damaged inside the ZIP") from error


def _files_of_folder(root: Path) -> Iterator[_File]:
    waiting, seen, total_bytes = [root], 0, 0
    while waiting:
        for item in _listed(waiting.pop()):
            name = Path(item.path).relative_to(root).as_posix()
            if not (item.is_dir(follow_symlinks=False) or item.is_file(follow_symlinks=False)):
                raise _link(name)
            if item.is_dir(follow_symlinks=False):
                waiting.append(Path(item.path))
                continue
            size_bytes = item.stat(follow_symlinks=False).st_size
            seen, total_bytes = seen + 1, total_bytes + size_bytes
            if seen > 3 * LIMITS.files:
                raise _too_many()
            if total_bytes > LIMITS.unpacked_mb * MB:
                raise DatasetError("the folder is too large", expected=f"at most {LIMITS.unpacked_mb:,} MB")
            yield _File(name, size_bytes, partial(_read_from_folder, Path(item.path), name))


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as items:
            return list(items)
    except OSError as error:
        raise DatasetError(f"the folder {_short(folder.name)} cannot be read", received=str(error.strerror)) from error


def _read_from_folder(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return _read_bounded(file, name)
    except OSError as error:
        raise DatasetError(f"{_short(name)} cannot be read", received=str(error.strerror)) from error


def _read_bounded(file: IO[bytes], name: str, claimed_bytes: int = LIMITS.file_mb * MB) -> bytes:
    """Read a file, but no more than it claims to be and no more than one file may be."""
    data = file.read(min(claimed_bytes, LIMITS.file_mb * MB) + 1)  # zipfile unpacks as much as it is asked for
    if len(data) > LIMITS.file_mb * MB:
        raise DatasetError(f"{_short(name)} is too large", expected=f"at most {LIMITS.file_mb} MB")
    return data


def _sort_out(files: Iterable[_File]) -> Found:
    images: dict[tuple[str, ...], _File] = {}
    skipped = []
    for file in files:
        parts = _parts(file.name)
        if any(part.startswith(".") or part.casefold() in _JUNK for part in parts):
            continue
        why = "it is in the ZIP twice" if parts in images else _why_no_image(parts[-1], file.size_bytes)
        if why:
            skipped.append(("/".join(parts), why))
        else:
            images[parts] = file
    if len(images) > LIMITS.files:
        raise _too_many()
    _check_folders([parts[:-1] for parts in images])
    entries = [Entry("/".join(parts), parts[-2], file.read) for parts, file in images.items()]
    check_classes(Counter(entry.label for entry in entries))
    return Found(sorted(entries, key=lambda entry: natural_key(entry.name)), skipped)


def _parts(name: str) -> tuple[str, ...]:
    """Split a path into folders and file; accents are composed, for macOS takes them apart."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise _unknown_letters() from error
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name):
        raise DatasetError(
            "a file's path leads out of its folder",
            received=_short(name),
            fix="Make the ZIP again from the folder that holds the classes.",
        )
    kept = tuple(part for part in parts if part not in ("", "."))
    if max(map(len, parts)) > _MOST_NAME or any(_CONTROL.search(part) for part in kept if part.casefold() not in _JUNK):
        raise DatasetError("a file's name is too long or has characters that cannot be shown", received=_short(name))
    return kept or (".",)


def _why_no_image(file_name: str, size_bytes: int) -> str:
    """Return why a file is passed over, or nothing; a file without suffix may well be an image."""
    suffix = os.path.splitext(file_name)[1].casefold()
    if suffix in _ARCHIVE_SUFFIXES:
        raise DatasetError(
            f"there is another archive inside: {_short(file_name)}", fix="Unpack it, and send the images themselves."
        )
    if suffix and suffix not in IMAGE_SUFFIXES:
        return f"{suffix[:20]} is no image that can be read"
    return f"it is larger than {LIMITS.file_mb} MB" if size_bytes > LIMITS.file_mb * MB else ""


def _check_folders(folders: list[tuple[str, ...]]) -> None:
    """Refuse images beside the class folders, and two folders of one name."""
    if not folders:
        raise DatasetError("there are no images in it", expected="one folder of images for each class")
    top = commonpath(["/".join(folder) for folder in folders])
    loose = sum("/".join(folder) == top for folder in folders)
    if loose and (not top or loose < len(folders)):
        raise DatasetError(
            "some images are in no class folder" if loose < len(folders) else "the images are in no folder",
            expected="one folder of images for each class",
            fix="Put each image into the folder of its class.",
        )
    places: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        other = places.setdefault(folder[-1], folder)
        if other != folder:
            raise DatasetError(
                f"two folders are called {_short(folder[-1])}",
                received=f"{_short('/'.join(other))} and {_short('/'.join(folder))}",
                fix="Put the images of a class into one folder; we split training and test images ourselves.",
            )


def check_classes(images_per_class: Counter[str]) -> None:
    """Check that there are enough classes and enough images of each.

    Raises:
        DatasetError: There are too few or too many classes, or one has too few images.
    """
    number = len(images_per_class)
    if not LIMITS.least_classes <= number <= LIMITS.most_classes:
        raise DatasetError(
            "there is only one class" if number == 1 else "the number of classes is not possible",
            expected=f"{LIMITS.least_classes} to {LIMITS.most_classes} folders with images, one for each class",
            received="" if number == 1 else f"{number:,}",
        )
    for label in sorted(images_per_class, key=natural_key):
        if images_per_class[label] < LIMITS.least_images:
            raise DatasetError(
                f"the class {_short(label)} has too few images",
                expected=f"at least {LIMITS.least_images}",
                received=str(images_per_class[label]),
            )


def _short(name: str) -> str:
    """Return a name that fits into a sentence, whatever it holds."""
    shown = _CONTROL.sub("?", name.encode(errors="replace").decode())
    return shown if len(shown) <= 80 else f"{shown[:40]}…{shown[-35:]}"


def _too_many() -> DatasetError:
    return DatasetError("there are too many files", expected=f"at most {LIMITS.files:,} images")


def _damaged() -> DatasetError:
    return DatasetError("the ZIP is damaged or incomplete", fix="Make it again, and send it again.")


def _unknown_letters() -> DatasetError:
    return DatasetError(
        "the names of some files are in an unknown alphabet",
        expected="names in UTF-8",
        fix="Use only letters a to z in the names, or make the ZIP with another program.",
    )


def _link(name: str) -> DatasetError:
    return DatasetError(f"{_short(name)} is a link to another file", fix="Put the image itself there.")
