import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.archives.zip_names import names_in


def info(raw: bytes, extra: bytes = b"") -> zipfile.ZipInfo:
    """A file as zipfile lists it: names without a mark are read as cp437."""
    found = zipfile.ZipInfo(raw.decode("cp437"))
    found.extra = extra
    return found


@given(st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=4))
def test_names_in_utf8_come_back_with_or_without_its_mark(names: list[str]) -> None:
    marked = [zipfile.ZipInfo(name) for name in names]
    for one in marked:
        one.flag_bits = 0x800
    unmarked = [info(name.encode()) for name in names]
    assert names_in([*marked, *unmarked]) == (names * 2, "utf-8")


@pytest.mark.parametrize(
    ("alphabet", "names"),
    [
        ("cp437", ["Äpfel", "Möhren"]),
        ("cp437", ["Straße", "Grüße"]),
        ("cp850", ["São Paulo", "café", "maçã"]),
        ("cp850", ["Ørsted", "smørrebrød", "Ærø"]),
        ("cp1252", ["Bäume", "Häuser", "Öl"]),
        ("cp1252", ["pâté", "crème brûlée"]),
        ("cp866", ["кошки", "собаки"]),
    ],
)
def test_old_names_are_read_in_the_alphabet_that_makes_letters_of_all_of_them(alphabet: str, names: list[str]) -> None:
    assert names_in([info(name.encode(alphabet)) for name in names])[0] == names


@given(st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=4))
def test_any_bytes_are_some_name(raws: list[bytes]) -> None:
    names, _ = names_in([info(raw) for raw in raws])
    assert len(names) == len(raws)
    assert all(names)


def test_the_name_in_unicode_beside_an_old_one_counts_if_it_belongs_to_it() -> None:
    raw = "Жук".encode("cp866")
    field = struct.pack("<BL", 1, zlib.crc32(raw)) + "Жук".encode()
    extra = struct.pack("<2H", 1, 2) + b"ab" + struct.pack("<2H", 0x7075, len(field)) + field
    assert names_in([info(raw, extra), info(b"other", extra)])[0] == ["Жук", "other"]
