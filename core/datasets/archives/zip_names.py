"""File names in a ZIP: UTF-8 if marked or valid, else the most plausible old encoding."""

from __future__ import annotations

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence

UTF8 = "utf-8"
# APPNOTE.TXT, appendix D: cp437 unless flagged; Windows and old tools write code pages of their country.
OLD = ("cp437", "cp850", "cp1252", "cp866")
_IS_UTF8 = 0x800  # general purpose flag, bit 11
_UNICODE_PATH = 0x7075  # extra field of Info-ZIP, 4.6.9
_USUAL = frozenset("ÇüéâäàåçêëèïîìÄÅÉæôöòûùÿÖÜáíóúñÑß")  # the accented letters of cp437


def names_in(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """Return the names of a ZIP's files and the encoding of the unmarked ones.

    Args:
        infos: The listing from zipfile, which reads names without a UTF-8 flag as cp437, losing no byte.

    Returns:
        The names, and UTF8 or the encoding of `OLD` that gives the most letters over all names.
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
    """Return the Unicode name from the extra field if its checksum matches the old name, else empty."""
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
    """Score a decoding: usual letters add to it, symbols subtract."""
    return sum(_speaks(character) for character in text if not character.isascii())


def _speaks(character: str) -> int:
    if character in _USUAL:
        return 1
    name = unicodedata.name(character, "")
    return 0 if name.startswith(("LATIN", "CYRILLIC")) else -1
