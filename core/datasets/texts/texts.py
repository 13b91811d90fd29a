"""Read texts in any common encoding, and describe them in numbers."""

from __future__ import annotations

import codecs
import heapq
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.datasets.archives.zips import short
from core.errors import DatasetError
from core.units import MB

MOST_MB = 50
LONGEST_SAMPLE = 500  # characters
MOST_FREQUENT = 20
_LONGEST_WORD = 40  # characters shown; some scripts have no spaces
_GUESS_BYTES = 2**15  # charset-normalizer takes about a second for 100 KB
_MOST_DAMAGE = 0.05  # of the bytes above 127; with more wrong ones the text is not UTF-8
_FEW_LETTERS = 20
_WESTERN_MARKS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026€£§°«»©®\xa0"
_NEAR_WESTERN = ("cp1250", "cp1257")  # read é as cp1252 does, and ñ or à as something else
_LOST = "\ufffd"  # replaces bytes that cannot be decoded
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_MARKS = (  # UTF-32 first, since its mark starts with the mark of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class TextCheck:
    """Statistics of a text.

    Args:
        characters, lines, words: Counts; a word is letters and digits, in lower case.
        distinct_characters, distinct_words: Number of distinct characters and words.
        top_characters, top_words: The most frequent, each with its count.
        longest_line: Length in characters.
        undecoded: Share of characters that could not be decoded, 0 to 1.
        sample: The beginning.
    """

    characters: int
    lines: int
    words: int
    distinct_characters: int
    top_characters: tuple[tuple[str, int], ...]
    distinct_words: int
    top_words: tuple[tuple[str, int], ...]
    longest_line: int
    undecoded: float
    sample: str


def read_text(path: Path, name: str) -> str:
    """Read a text with normalised line ends; bytes that cannot be decoded become U+FFFD.

    Args:
        path: Path of the file.
        name: File name as the user knows it.

    Raises:
        DatasetError: The file is empty, larger than 50 MB, or not a text.
    """
    if file_size(path, name) > MOST_MB * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {MOST_MB} MB of text")
    encoding = find_encoding(path, name)
    return _cleaned(path.read_bytes().decode(encoding, errors="replace"), name)


def decode_text(data: bytes, name: str) -> str:
    """Return a text of few bytes, as `read_text` does.

    Raises:
        DatasetError: It is empty, or not a text.
    """
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    if encoding is None and b"\0" in data:
        raise _no_text(name)
    if encoding is None:
        try:
            return _cleaned(data.decode(), name)
        except UnicodeDecodeError as error:
            start = max(0, error.start - _GUESS_BYTES // 4)
            encoding = _guess(data[start : start + _GUESS_BYTES], name)
    return _cleaned(data.decode(encoding, errors="replace"), name)


def say_encoding(path: Path, name: str) -> str:
    """Return a sentence about how a file was read."""
    encoding = find_encoding(path, name)
    known = {"utf-8-sig": "UTF-8", "cp1252": "Latin-1 (Windows-1252)", "latin_1": "Latin-1"}
    return f"The file was read as {known.get(encoding, encoding.upper().replace('_', '-'))}."


def _cleaned(text: str, name: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise DatasetError(f"{short(name)} is empty", expected="a text")
    return text


def describe_text(text: str) -> TextCheck:
    """Count characters, lines and words of a text."""
    characters = Counter(text)
    words = Counter(found.group() for found in _WORD.finditer(text.lower()))
    lines = text.removesuffix("\n").split("\n") if text else []
    return TextCheck(
        characters=len(text),
        lines=len(lines),
        words=words.total(),
        distinct_characters=len(characters),
        top_characters=tuple(_most_frequent(characters)),
        distinct_words=len(words),
        top_words=tuple(_most_frequent(words)),
        longest_line=max(map(len, lines), default=0),
        undecoded=characters[_LOST] / max(len(text), 1),
        sample=text[:LONGEST_SAMPLE],
    )


def _most_frequent(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return the most frequent; ties are sorted alphabetically, so the list is reproducible."""
    found = heapq.nsmallest(MOST_FREQUENT, counts.items(), key=lambda item: (-item[1], item[0]))
    return [(word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…", count) for word, count in found]


def file_size(path: Path, name: str) -> int:
    """Return the size of a file in bytes.

    Raises:
        DatasetError: The file is empty or cannot be read.
    """
    try:
        with path.open("rb"):
            size_bytes = path.stat().st_size
    except OSError as error:
        raise DatasetError(f"{short(name)} cannot be read", received=str(error.strerror)) from error
    if not size_bytes:
        raise DatasetError(f"{short(name)} is empty", fix="Send the file again.")
    return size_bytes


def find_encoding(path: Path, name: str) -> str:
    """Return Python's name of a text's encoding; the file is read in pieces.

    It is the encoding of the byte order mark, else UTF-8 if valid, else a guess from 32 KB.

    Raises:
        DatasetError: The file is not a text.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    first_bad = _first_not_utf8(path, name)
    if first_bad is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(0, first_bad - _GUESS_BYTES // 4))
        return _guess(file.read(_GUESS_BYTES), name)


def _first_not_utf8(path: Path, name: str) -> int | None:
    """Return about where a file stops being UTF-8, or None; refuse a file with zero bytes."""
    decoder, done, first_bad = codecs.getincrementaldecoder("utf-8")(), 0, None
    with path.open("rb") as file:
        while piece := file.read(MB):
            if b"\0" in piece:
                raise _no_text(name)
            if first_bad is None:
                try:
                    decoder.decode(piece)
                except UnicodeDecodeError as error:
                    first_bad = done + error.start
            done += len(piece)
    if first_bad is None and decoder.getstate()[0]:  # it ends within a character
        first_bad = done - 1
    return first_bad


def _guess(sample: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    lost = sample.decode("utf-8", errors="replace").count(_LOST)
    if lost <= _MOST_DAMAGE * sum(byte > 127 for byte in sample):
        return "utf-8"
    if _is_western(sample):
        return "cp1252"
    found = from_bytes(sample)
    best = found.best()
    if best is None or _looks_binary(sample):
        raise _no_text(name)
    as_good = {name for one in found if one.chaos <= best.chaos for name in one.could_be_from_charset}
    return "cp1252" if best.encoding in _NEAR_WESTERN and "cp1252" in as_good else best.encoding


def _is_western(sample: bytes) -> bool:
    """Return whether a sample has too few characters above 127 for a guess, and all are plausible in cp1252."""
    foreign = bytes(byte for byte in sample if byte > 127).decode("cp1252", errors="replace")
    return len(foreign) < _FEW_LETTERS and all(letter.isalpha() or letter in _WESTERN_MARKS for letter in foreign)


def _looks_binary(sample: bytes) -> bool:
    """Return whether more than 1 % of the bytes are control characters that texts do not have."""
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in sample)
    return control > 0.01 * len(sample)


def _no_text(name: str) -> DatasetError:
    return DatasetError(f"{short(name)} is a binary file, not a text", fix="Save it as plain text in UTF-8.")
