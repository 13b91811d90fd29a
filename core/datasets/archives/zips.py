"""Read untrusted ZIP files: listing, names and sizes are checked before anything is unpacked."""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from core.datasets.archives.zip_names import names_in
from core.errors import DatasetError
from core.names import shortened
from core.units import MB


@dataclass(frozen=True)
class Limits:
    """Limits for uploaded files.

    Args:
        files: Maximum number of images; a ZIP may list three times as many names (folders, macOS metadata).
        archive_mb, unpacked_mb, file_mb: Maximum MB of the ZIP, of all its files, of one file.
        ratio: Maximum compression ratio of files over `ratio_from_mb`.
        megapixels: Maximum pixels of one image, in millions.
        least_classes, most_classes, least_images: Range of the number of classes; minimum images in each.
    """

    files: int = 20_000
    archive_mb: int = 200  # Streamlit's default upload limit
    unpacked_mb: int = 2_000
    file_mb: int = 50
    ratio: int = 200  # a PNG of one colour compresses better, but stays under 1 MB
    ratio_from_mb: int = 1
    megapixels: int = 60
    least_classes: int = 2
    most_classes: int = 100
    least_images: int = 4


LIMITS = Limits()

LINK = "it is a link to another file"
JUNK = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # and text direction marks
_BOMB = f"unpacks to more than {LIMITS.ratio} times its size"
_DRIVE = re.compile(r"[A-Za-z]:")
MOST_DEEP = 50  # folders
_MOST_LISTING = 1000  # bytes of the ZIP's directory for each file, comments included

_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 4.3.16: signature, disks, counts, size, offset, comment
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_RECORD_BYTES = 46  # 4.3.12, without name, extra field and comment

# Exceptions that zipfile and zlib raise for damaged files.
_DAMAGE = (EOFError, OSError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class File:
    """A file that is not opened yet, or a folder.

    Args:
        name: Path in the ZIP or folder, untrusted.
        size_bytes: Declared size.
        read: Returns the bytes, at most `LIMITS.file_mb`; raises DatasetError if they are damaged.
        why_not: Reason not to read it; empty if it may be read.
        is_folder: Whether it is a folder.
    """

    name: str
    size_bytes: int
    read: Callable[[], bytes]
    why_not: str = ""
    is_folder: bool = False


@contextmanager
def open_zip(
    source: Path | IO[bytes], name: str = "", archive_mb: int = LIMITS.archive_mb
) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP after checking that its listing and sizes are within the limits.

    Args:
        source: Path of the ZIP, or the uploaded file itself.
        name: File name as the user knows it; every error raised while the ZIP is open names it.
        archive_mb: Most MB of the ZIP.

    Raises:
        DatasetError: It is not a ZIP, is damaged, or would unpack to too much.
    """
    try:
        with _opened(source, archive_mb) as archive:
            yield archive
    except DatasetError as error:
        if not name:
            raise
        said = {"expected": error.expected, "received": error.received, "fix": error.fix}
        raise DatasetError(f"{short(name)}: {error.what}", **said) from error


@contextmanager
def _opened(source: Path | IO[bytes], archive_mb: int) -> Iterator[zipfile.ZipFile]:
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        size_bytes = file.seek(0, os.SEEK_END)
        if size_bytes > archive_mb * MB:
            raise DatasetError("the ZIP is too large", expected=f"at most {archive_mb:,} MB")
        _check_listing(file, size_bytes)
        with _open_listed(file) as archive:
            _check_sizes(archive, size_bytes)
            yield archive


def _check_listing(file: IO[bytes], size_bytes: int) -> None:
    """Walk the directory at the end of the ZIP record by record; zipfile would hold a million records in memory."""
    start, end, declared = _find_listing(file, size_bytes)
    most = 3 * LIMITS.files
    if declared > most or end - start > LIMITS.files * _MOST_LISTING:
        raise too_many()
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
            raise too_many()


def _find_listing(file: IO[bytes], size_bytes: int) -> tuple[int, int, int]:
    """Return start and end of the directory and its number of records, found as zipfile does."""
    tail_start = max(0, size_bytes - 2**16 - _END.size)  # a comment of at most 64 KB may follow
    file.seek(tail_start)
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0:
        file.seek(0)
        if file.read(4) == b"PK\3\4":
            raise _damaged()
        raise DatasetError("this is not a ZIP file", fix="Put the class folders into one .zip file and send it.")
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


def _open_listed(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except UnicodeDecodeError as error:
        raise DatasetError(
            "some file names are marked as UTF-8 but are not UTF-8",
            fix="Use only letters a to z in the names, or create the ZIP with another program.",
        ) from error
    except _DAMAGE as error:
        raise _damaged() from error


def _check_sizes(archive: zipfile.ZipFile, size_bytes: int) -> None:
    if sum(info.compress_size for info in archive.infolist()) > size_bytes:
        raise DatasetError("the files inside the ZIP overlap or claim to be larger than the ZIP itself")


def check_ratios(archive: zipfile.ZipFile) -> None:
    """Check the compression ratio of every file in a ZIP.

    Raises:
        DatasetError: A file unpacks to far more than its compressed size.
    """
    for info in archive.infolist():
        if _is_bomb(info):
            raise DatasetError(f"{short(info.filename)} in the ZIP {_BOMB}", fix="Leave it out.")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(LIMITS.ratio_from_mb * MB, LIMITS.ratio * info.compress_size)


def files_of_zip(archive: zipfile.ZipFile) -> tuple[list[File], str]:
    """Return the files and folders of an open ZIP, and the encoding of their names."""
    names, alphabet = names_in(archive.infolist())
    return [_file(archive, info, name) for info, name in zip(archive.infolist(), names, strict=True)], alphabet


def _file(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> File:
    is_folder = name.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16)
    return File(name, info.file_size, partial(_read_from_zip, archive, info, name), _why_not(info), is_folder)


def _why_not(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x2041:  # encrypted, strongly encrypted, encrypted directory
        return "it is encrypted; create the ZIP without a password"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return LINK
    # zipfile unpacks bzip2 and LZMA without a limit, and they do not shrink photos or sounds.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it uses an unusual compression method; create the ZIP with default settings"
    return f"it {_BOMB}" if _is_bomb(info) else ""


def _read_from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(info) as member:
            return read_bounded(member, name, info.file_size)
    except _DAMAGE as error:
        raise DatasetError(f"{short(name)} is damaged inside the ZIP") from error


def read_bounded(file: IO[bytes], name: str, claimed_bytes: int = LIMITS.file_mb * MB) -> bytes:
    """Read a file up to its claimed size or the limit for one file, whichever is smaller.

    Raises:
        DatasetError: It is larger than one file may be.
    """
    data = file.read(min(claimed_bytes, LIMITS.file_mb * MB) + 1)  # zipfile unpacks only as much as is read
    if len(data) > LIMITS.file_mb * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {LIMITS.file_mb} MB")
    return data


def parts(name: str) -> tuple[str, ...]:
    """Split a path into folders and file, in Unicode form NFC (macOS writes NFD).

    Raises:
        DatasetError: The path leads out of its folder or is too deep.
    """
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name):
        raise DatasetError("its path leads out of the folder")
    if len(parts) > MOST_DEEP:
        raise DatasetError(f"it is more than {MOST_DEEP} folders deep")
    return tuple(part for part in parts if part not in ("", ".")) or (".",)


def short(name: str) -> str:
    """Return a name shortened and cleaned of control characters, for use in a sentence."""
    return shortened(_UNSEEN.sub("?", name.encode(errors="replace").decode()))


def too_many(noun: str = "of use") -> DatasetError:
    """Return the error for too many files."""
    return DatasetError("there are too many files", expected=f"at most {LIMITS.files:,} {noun}")


def _damaged() -> DatasetError:
    return DatasetError("the ZIP is damaged or incomplete", fix="Create it again and send it again.")
