"""People's own texts: read whatever their encoding is, and described in numbers."""

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
_LONGEST_WORD = 40  # characters of it that are shown; some scripts have no spaces
_GUESS_BYTES = 2**15  # charset-normalizer takes about a second for 100 KB
_MOST_DAMAGE = 0.05  # of the bytes above 127: UTF-8 with more wrong ones is another encoding
_FEW_LETTERS = 20
_WESTERN_MARKS = "\u2018\u2019\u201c\u201d\u2013\u2014\u2026€£§°«»©®\xa0"
_LOST = "\ufffd"  # stands for what could not be decoded
_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class TextCheck:
    """What a text is made of.

    Args:
        characters, lines, words: How many there are; a word is letters and digits, large and small ones alike.
        distinct_characters, distinct_words: How many different ones.
        top_characters, top_words: The most frequent, each with its count.
        longest_line: Its length in characters.
        undecoded: Share of characters that could not be decoded, 0 to 1.
        sample: Its beginning.
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
    """Read a text; lines end with a line feed, and what cannot be decoded becomes U+FFFD.

    Args:
        path: Where it lies.
        name: What the user calls it.

    Raises:
        DatasetError: It is empty, larger than 50 MB, or no text.
    """
    if file_size(path, name) > MOST_MB * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {MOST_MB} MB of text")
    encoding = find_encoding(path, name)
    text = path.read_bytes().decode(encoding, errors="replace")
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
    """Return the most frequent; the alphabet decides between equals, so that the list is always the same."""
    found = heapq.nsmallest(MOST_FREQUENT, counts.items(), key=lambda item: (-item[1], item[0]))
    return [(word if len(word) <= _LONGEST_WORD else f"{word[:_LONGEST_WORD]}…", count) for word, count in found]


def file_size(path: Path, name: str) -> int:
    """Return the size of a file in bytes.

    Raises:
        DatasetError: It is empty, or cannot be read.
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
    """Return the encoding of a text, as Python calls it; the file is read in pieces.

    UTF-8 if it can be; the one that its first bytes name; otherwise a guess from 32 KB of it.

    Raises:
        DatasetError: It is no text.
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
    """Return about where a file stops being UTF-8, or None; refuse it if it has zero bytes."""
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
    if first_bad is None and decoder.getstate()[0]:  # it ends within a letter
        first_bad = done - 1
    return first_bad


def _guess(sample: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    lost = sample.decode("utf-8", errors="replace").count(_LOST)
    if lost <= _MOST_DAMAGE * sum(byte > 127 for byte in sample):
        return "utf-8"
    if _is_western(sample):
        return "cp1252"
    best = from_bytes(sample).best()
    if best is None or _looks_binary(sample):
        raise _no_text(name)
    return best.encoding


def _is_western(sample: bytes) -> bool:
    """Return whether a sample has so few letters above 127 that any guess is weak, and all look right on Windows."""
    foreign = bytes(byte for byte in sample if byte > 127).decode("cp1252", errors="replace")
    return len(foreign) < _FEW_LETTERS and all(letter.isalpha() or letter in _WESTERN_MARKS for letter in foreign)


def _looks_binary(sample: bytes) -> bool:
    """Return whether more than one byte in a hundred is one that texts do not have."""
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in sample)
    return control > 0.01 * len(sample)


def _no_text(name: str) -> DatasetError:
    return DatasetError(f"{short(name)} is no text but a binary file", fix="Save it as plain text, in UTF-8.")
