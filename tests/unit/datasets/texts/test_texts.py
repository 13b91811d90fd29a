import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from core.datasets.texts.texts import describe_text, read_text
from core.errors import DatasetError
from core.units import MB

ROOT = Path(__file__).parents[4]
GERMAN = "Die Größe schöner Straßen übertrifft für Mädchen alles Übrige.\nÄpfel fallen früh.\n" * 5
RUSSIAN = "Это простой русский текст для проверки кодировки.\nЗдесь две строки.\n" * 5  # noqa: RUF001
JAPANESE = "日本語の文章です。これは試験のための文字列です。\n" * 10


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "story.txt"


def stored(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, JAPANESE, "plain\n", "a 🙂 b"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_encoding_gives_the_same_text(target: Path, text: str, encoding: str) -> None:
    assert read_text(stored(target, text.encode(encoding)), "story.txt") == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_both_byte_orders_are_known_by_their_mark(target: Path, encoding: str) -> None:
    assert read_text(stored(target, ("\ufeff" + GERMAN).encode(encoding)), "story.txt") == GERMAN


@pytest.mark.parametrize(
    ("text", "encoding"), [(GERMAN, "cp1252"), (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (JAPANESE, "shift_jis")]
)
def test_older_encodings_are_recognised(target: Path, text: str, encoding: str) -> None:
    assert read_text(stored(target, text.encode(encoding)), "story.txt") == text


def test_an_older_encoding_is_recognised_by_its_first_foreign_letter_however_late(target: Path) -> None:
    text = "plain words all along\n" * 100_000 + GERMAN
    assert read_text(stored(target, text.encode("cp1252")), "story.txt") == text


@pytest.mark.parametrize("text", ["name\nRené\nJürgen\n", "It\u2019s 5 € at the café", "\u201cWeiß\u201d"])
def test_a_few_western_letters_are_taken_for_what_windows_writes(target: Path, text: str) -> None:
    assert read_text(stored(target, text.encode("cp1252")), "story.txt") == text


def test_a_damaged_byte_does_not_spoil_utf8(target: Path) -> None:
    data = GERMAN.encode()
    place = data.index("ö".encode())
    text = read_text(stored(target, data[:place] + data[place + 1 :]), "story.txt")
    assert text == GERMAN.replace("ö", "\ufffd", 1)
    assert describe_text(text).undecoded == 1 / len(GERMAN)


def test_letters_across_the_border_of_two_pieces_are_kept(target: Path) -> None:
    text = "x" * (MB - 1) + "é" * 5
    assert read_text(stored(target, text.encode()), "story.txt") == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_become_line_feeds(target: Path, end: str) -> None:
    assert read_text(stored(target, end.join(["a", "b", "", "c"]).encode()), "story.txt") == "a\nb\n\nc"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "story.txt is empty"),
        (b" \n\t\r\n ", "story.txt is empty"),
        (b"\xef\xbb\xbf", "story.txt is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file, not a text"),
        (b"words and then " * 99 + b"\0", "a binary file, not a text"),
        (random.Random(1).randbytes(9000).replace(b"\0", b"\1"), "a binary file, not a text"),
    ],
)
def test_what_is_no_text_is_refused_in_one_sentence(target: Path, data: bytes, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        read_text(stored(target, data), "story.txt")
    assert "\n" not in str(caught.value)
    assert str(target.parent) not in str(caught.value)


def test_a_file_that_is_gone_is_an_error_in_words(target: Path) -> None:
    with pytest.raises(DatasetError, match=r"story\.txt cannot be read"):
        read_text(target, "story.txt")


def test_the_limit_of_size_is_exact(target: Path) -> None:
    with target.open("wb") as file:
        file.truncate(50 * MB)
    with pytest.raises(DatasetError, match="binary"):  # zeros, but not too many of them
        read_text(target, "story.txt")
    with target.open("ab") as file:
        file.write(b"x")
    with pytest.raises(DatasetError, match="too large, expected at most 50 MB"):
        read_text(target, "story.txt")


def test_a_huge_file_is_refused_by_a_process_that_has_little_memory(target: Path) -> None:
    with target.open("wb") as file:
        file.truncate(3 * 2**30)
    code = """
import resource, sys
from pathlib import Path
from core.datasets.texts.texts import read_text
from core.errors import DatasetError
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 16 * 2**20, used + 16 * 2**20))
try:
    read_text(Path(sys.argv[1]), "story.txt")
except DatasetError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, target], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("story.txt is too large")


def test_numbers_agree_with_plain_counting() -> None:
    text = "The cat saw the dog.\nThe dog ran!\n\nIt's over\n"
    check = describe_text(text)
    assert (check.characters, check.lines, check.longest_line) == (len(text), 4, 20)
    assert check.words == 10  # the cat saw the dog, the dog ran, it's over
    assert check.top_words[:2] == (("the", 3), ("dog", 2))
    assert check.distinct_words == 7
    assert check.distinct_characters == len(set(text))
    assert dict(check.top_characters).items() <= Counter(text).items()
    assert check.top_characters[0] == (" ", 7)
    assert check.undecoded == 0


def test_the_most_frequent_come_first_and_equals_by_alphabet() -> None:
    check = describe_text("b b a c c d")
    assert check.top_words == (("b", 2), ("c", 2), ("a", 1), ("d", 1))


@pytest.mark.parametrize(("text", "lines", "longest"), [("", 0, 0), ("a", 1, 1), ("a\n", 1, 1), ("a\n\nbb", 3, 2)])
def test_lines_are_counted_as_people_do(text: str, lines: int, longest: int) -> None:
    check = describe_text(text)
    assert (check.lines, check.longest_line) == (lines, longest)


def test_the_check_of_a_long_text_is_short_json(target: Path) -> None:
    check = describe_text("".join(map(chr, range(0x4E00, 0x9000))) + " word" * 9999)
    assert len(json.dumps(asdict(check), ensure_ascii=False)) < 3000
    assert check.top_words[1] == ("".join(map(chr, range(0x4E00, 0x4E28))) + "…", 1)
    assert len(check.sample) == 500
