"""Names in a ZIP: UTF-8 where it says so or they can be, else the alphabet of the computer that made it."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence

UTF8 = "utf-8"
# APPNOTE.TXT, appendix D: cp437 unless flagged; Windows writes that of its country, old tools its other one.
OLD = ("cp437", "cp850", "cp1252", "cp866")
_IS_UTF8 = 0x800  # general purpose flag, bit 11
_UNICODE_PATH = 0x7075  # extra field of Info-ZIP, 4.6.9
_USUAL = frozenset("ÇüéâäàåçêëèïîìÄÅÉæôöòûùÿÖÜáíóúñÑß")  # the letters that cp437 had room for


def names_in(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """Return the names of a ZIP's files, and the alphabet in which those without a mark were read.

    Args:
        infos: The listing as zipfile read it: what is not marked as UTF-8 as cp437, which has all 256 bytes.

    Returns:
        The names, and UTF8 or the one of `OLD` that makes letters of the bytes of all names together.
    """
    unmarked = [info.orig_filename.encode("cp437") for info in infos if not info.flag_bits & _IS_UTF8]
    alphabet = _alphabet(raw for raw in unmarked if not raw.isascii())
    return [_name(info, alphabet) for info in infos], alphabet


def _name(info: zipfile.ZipInfo, alphabet: str) -> str:
    if info.flag_bits & _IS_UTF8:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    return _unicode_path(info.extra, raw) or raw.decode(alphabet, errors="replace")


def _unicode_path(extra: bytes, raw: bytes) -> str:
    """Return the name that stands beside an old one, if it belongs to it."""
    while len(extra) >= 4:
        tag, size = struct.unpack_from("<2H", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if tag == _UNICODE_PATH and field[:5] == struct.pack("<BL", 1, zlib.crc32(raw)):
            return field[5:].decode(errors="replace")
    return ""


def _alphabet(raws: Iterable[bytes]) -> str:
    together = b"\n".join(raws)
    try:
        together.decode()
        return UTF8
    except UnicodeDecodeError:
        return max(OLD, key=lambda codec: _plausibility(together.decode(codec, errors="replace")))


def _plausibility(text: str) -> int:
    """Count what speaks for a reading: usual letters do, signs amid words speak against it."""
    return sum(_speaks(character) for character in text if not character.isascii())


def _speaks(character: str) -> int:
    if character in _USUAL:
        return 1
    name = unicodedata.name(character, "")
    return 0 if name.startswith(("LATIN", "CYRILLIC")) else -1
