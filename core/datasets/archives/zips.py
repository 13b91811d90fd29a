"""ZIP files that nobody vouches for: their listing, names and sizes are checked before a byte is unpacked."""

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

LINK = "it is a link to another file"
JUNK = frozenset(("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")  # and what turns text round
_BOMB = f"unpacks to more than {LIMITS.ratio} times its size"
_DRIVE = re.compile(r"[A-Za-z]:")
MOST_DEEP = 50  # folders
_MOST_LISTING = 1000  # bytes of the ZIP's directory for each file, comments included

_END = struct.Struct("<4s4H2LH")  # APPNOTE.TXT 4.3.16: signature, disks, counts, size, offset, comment
_END64 = struct.Struct("<4sQ2H2L4Q")  # 4.3.14
_LOCATOR64 = struct.Struct("<4sLQL")  # 4.3.15
_RECORD_BYTES = 46  # 4.3.12, without name, extra field and comment

# What zipfile and zlib are known to raise for a file whose bytes are wrong.
_DAMAGE = (EOFError, OSError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class File:
    """A file that has not been opened yet, or a folder.

    Args:
        name: Its path in the ZIP or folder; it may hold anything.
        size_bytes: What it claims to be.
        read: Returns its bytes, never more than `LIMITS.file_mb`; raises DatasetError if they are damaged.
        why_not: Why it must not be read; empty if it may.
        is_folder: Whether it is a folder.
    """

    name: str
    size_bytes: int
    read: Callable[[], bytes]
    why_not: str = ""
    is_folder: bool = False


@contextmanager
def open_zip(source: Path | IO[bytes], name: str = "") -> Iterator[zipfile.ZipFile]:
    """Open a ZIP whose listing and sizes are within the limits.

    Args:
        source: The ZIP's path, or the uploaded file itself.
        name: What the user calls it; what is wrong with it, or found wrong while it is open, is then said of this name.

    Raises:
        DatasetError: It is no ZIP, damaged, or would unpack to too much.
    """
    try:
        with _opened(source) as archive:
            yield archive
    except DatasetError as error:
        if not name:
            raise
        said = {"expected": error.expected, "received": error.received, "fix": error.fix}
        raise DatasetError(f"{short(name)}: {error.what}", **said) from error


@contextmanager
def _opened(source: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    with source.open("rb") if isinstance(source, Path) else nullcontext(source) as file:
        size_bytes = file.seek(0, os.SEEK_END)
        if size_bytes > LIMITS.archive_mb * MB:
            raise DatasetError("the ZIP is too large", expected=f"at most {LIMITS.archive_mb} MB")
        _check_listing(file, size_bytes)
        with _open_listed(file) as archive:
            _check_sizes(archive, size_bytes)
            yield archive


def _check_listing(file: IO[bytes], size_bytes: int) -> None:
    """Walk the directory at the ZIP's end without keeping it: zipfile would hold all of a million records."""
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


def _open_listed(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except UnicodeDecodeError as error:
        raise DatasetError(
            "the names of some files are marked as UTF-8 and are not",
            fix="Use only letters a to z in the names, or make the ZIP with another program.",
        ) from error
    except _DAMAGE as error:
        raise _damaged() from error


def _check_sizes(archive: zipfile.ZipFile, size_bytes: int) -> None:
    if sum(info.compress_size for info in archive.infolist()) > size_bytes:
        raise DatasetError("the files inside the ZIP overlap or claim to be larger than the ZIP itself")


def check_ratios(archive: zipfile.ZipFile) -> None:
    """Refuse a ZIP of which all files will be read if one unpacks to far more than it is."""
    for info in archive.infolist():
        if _is_bomb(info):
            raise DatasetError(f"{short(info.filename)} in the ZIP {_BOMB}", fix="Leave it out.")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > max(LIMITS.ratio_from_mb * MB, LIMITS.ratio * info.compress_size)


def files_of_zip(archive: zipfile.ZipFile) -> tuple[list[File], str]:
    """List the files and folders of an open ZIP.

    Returns:
        Them, and the alphabet that their names were read in.
    """
    names, alphabet = names_in(archive.infolist())
    return [_file(archive, info, name) for info, name in zip(archive.infolist(), names, strict=True)], alphabet


def _file(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> File:
    is_folder = name.endswith(("/", "\\")) or stat.S_ISDIR(info.external_attr >> 16)
    return File(name, info.file_size, partial(_read_from_zip, archive, info, name), _why_not(info), is_folder)


def _why_not(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x2041:  # encrypted; strongly; its directory too
        return "it is encrypted; make the ZIP without a password"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return LINK
    # zipfile unpacks bzip2 and LZMA without a bound, and no photo or sound gains by them.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "it is packed in an unusual way; make the ZIP with the usual settings"
    return f"it {_BOMB}" if _is_bomb(info) else ""


def _read_from_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> bytes:
    try:
        with archive.open(info) as member:
            return read_bounded(member, name, info.file_size)
    except _DAMAGE as error:
        raise DatasetError(f"{short(name)} is damaged inside the ZIP") from error


def read_bounded(file: IO[bytes], name: str, claimed_bytes: int = LIMITS.file_mb * MB) -> bytes:
    """Read a file, but no more than it claims to be and no more than one file may be."""
    data = file.read(min(claimed_bytes, LIMITS.file_mb * MB) + 1)  # zipfile unpacks as much as it is asked for
    if len(data) > LIMITS.file_mb * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {LIMITS.file_mb} MB")
    return data


def parts(name: str) -> tuple[str, ...]:
    """Split a path into folders and file; accents are composed, for macOS takes them apart.

    Raises:
        DatasetError: The path leads out of its folder, or far too deep.
    """
    parts = unicodedata.normalize("NFC", name).replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or _DRIVE.match(name):
        raise DatasetError("its path leads out of the folder")
    if len(parts) > MOST_DEEP:
        raise DatasetError(f"it lies more than {MOST_DEEP} folders deep")
    return tuple(part for part in parts if part not in ("", ".")) or (".",)


def short(name: str) -> str:
    """Return a name that fits into a sentence, whatever it holds."""
    return shortened(_UNSEEN.sub("?", name.encode(errors="replace").decode()))


def too_many(noun: str = "of use") -> DatasetError:
    """Return the error of too many files."""
    return DatasetError("there are too many files", expected=f"at most {LIMITS.files:,} {noun}")


def _damaged() -> DatasetError:
    return DatasetError("the ZIP is damaged or incomplete", fix="Make it again, and send it again.")
