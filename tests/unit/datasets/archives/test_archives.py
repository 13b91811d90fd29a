import io
import os
import re
import stat
import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
import unicodedata
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets.archives.archives import LIMITS, natural_key, read_folder, read_zip
from core.errors import DatasetError
from core.units import MB

ROOT = Path(__file__).parents[4]
PETS = {f"{label}/{number}.jpg": f"{label} {number}".encode() for label in ("cats", "dogs") for number in range(1, 5)}


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the path of a ZIP, and check that reading it leaves no other file."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path / "photos.zip"
    assert [path.name for path in tmp_path.iterdir()] == ["photos.zip"]


def zipped(path: Path, files: dict[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in (PETS if files is None else files).items():
            archive.writestr(name, data)
    return path


def with_name(path: Path, raw: bytes, flags: int = 0) -> Path:
    """Make a ZIP, one of whose names is the raw bytes."""
    place_holder = "cats/" + "N" * (len(raw) - 5)
    zipped(path, {**PETS, place_holder: b"x"})
    data = path.read_bytes().replace(place_holder.encode(), raw)
    path.write_bytes(data)
    return with_flags(path, flags) if flags else path


def with_flags(path: Path, flags: int) -> Path:
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        for found in re.finditer(re.escape(signature), bytes(data)):
            struct.pack_into("<H", data, found.start() + offset, flags)
    path.write_bytes(data)
    return path


def with_sizes(path: Path, files: dict[str, bytes], claimed: int) -> Path:
    """Make a ZIP whose last file claims to unpack to another size."""
    zipped(path, files)
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rfind(b"PK\1\2") + 24, claimed)
    path.write_bytes(data)
    return path


def many_empty(path: Path, number: int, declared: int | None = None, zip64: bool = False) -> Path:
    """Make a ZIP that lists a number of empty files, all of one name."""
    name = b"cats/1.jpg"
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
    record = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, len(name), *[0] * 6) + name
    listing, count = record * number, number if declared is None else declared
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(listing), len(local))
    end64 += struct.pack("<4sLQL", b"PK\6\7", 0, len(local) + len(listing), 1)
    short = (0xFFFF, 0xFFFF, 0xFFFFFFFF) if zip64 else (count & 0xFFFF, count & 0xFFFF, len(listing))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, *short, len(local), 0)
    path.write_bytes(local + listing + (end64 if zip64 else b"") + end)
    return path


def refuses(path: Path, words: str) -> None:
    """Check that a ZIP is refused in one clear sentence, soon and in little memory."""
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises(DatasetError, match=words) as caught, read_zip(path):
            pass
        peak_mb = tracemalloc.get_traced_memory()[1] / MB
    finally:
        tracemalloc.stop()
    assert time.process_time() - start < 3
    assert peak_mb < 30
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


def leaves_out(path: Path, name: str, why: str) -> None:
    """Check that one file is left out and listed with the reason, and all the pets are there."""
    with read_zip(path) as found:
        assert {entry.name: entry.read() for entry in found.entries} == PETS
        assert [(listed, reason) for listed, reason in found.skipped if why not in reason] == []
        assert [listed for listed, _ in found.skipped] == [name]
        assert found.said == []


def labels_in(path: Path) -> set[str]:
    with read_zip(path) as found:
        return {entry.label for entry in found.entries}


def test_each_folder_is_a_class_and_its_images_are_read_when_asked(target: Path) -> None:
    with read_zip(zipped(target)) as found:
        assert {entry.name: entry.read() for entry in found.entries} == PETS
        assert all(entry.label == entry.name.split("/")[0] for entry in found.entries)
    assert found.skipped == []


def test_an_uploaded_file_is_read_like_one_on_disk(target: Path) -> None:
    with read_zip(io.BytesIO(zipped(target).read_bytes())) as found:
        assert len(found.entries) == 8


@pytest.mark.parametrize("around", ["photos/", "./", "a/b/c/"])
def test_folders_around_the_classes_do_not_matter(target: Path, around: str) -> None:
    assert labels_in(zipped(target, {around + name: data for name, data in PETS.items()})) == {"cats", "dogs"}


def test_backslashes_of_old_windows_programs_are_separators(target: Path) -> None:
    assert labels_in(zipped(target, {name.replace("/", "\\"): data for name, data in PETS.items()})) == {"cats", "dogs"}


def test_litter_of_operating_systems_is_ignored(target: Path) -> None:
    litter = ["__MACOSX/cats/._1.jpg", ".DS_Store", "cats/Thumbs.db", "desktop.ini", ".git/a.jpg", "cats/Icon\r", "x/"]
    with read_zip(zipped(target, {**PETS, **dict.fromkeys(litter, b"")})) as found:
        assert len(found.entries) == 8
        assert found.skipped == []


def test_files_that_are_no_images_are_listed(target: Path) -> None:
    others = {"readme.txt": b"", "cats/list.csv": b"", "notes/a.json": b"", "cats/clip.MOV": b""}
    with read_zip(zipped(target, {**PETS, **others})) as found:
        assert {name for name, _ in found.skipped} == set(others)
        assert {entry.label for entry in found.entries} == {"cats", "dogs"}


def test_an_image_needs_no_suffix_and_no_small_letters(target: Path) -> None:
    with read_zip(zipped(target, {**PETS, "cats/IMG 5": b"", "cats/6.HEIC": b""})) as found:
        assert len(found.entries) == 10


def test_a_file_over_the_limit_is_listed_and_not_read(target: Path) -> None:
    zipped(target, {**PETS, "cats/large.bmp": os.urandom(MB) * 51}, zipfile.ZIP_STORED)
    with read_zip(target) as found:
        assert found.skipped == [("cats/large.bmp", "it is larger than 50 MB")]


def test_entries_come_as_people_count(target: Path) -> None:
    names = [f"{label}/img{number}.png" for label in ("class 2", "class 10") for number in (1, 2, 9, 10, 11)]
    with read_zip(zipped(target, dict.fromkeys(sorted(names, reverse=True), b""))) as found:
        assert [entry.name for entry in found.entries] == names


def test_natural_order_knows_numbers_of_any_length() -> None:
    names = ["a", "a1", "a2", "A10", "a" + "9" * 5000]
    shuffled = [*names[3:], *names[:3]]
    assert sorted(shuffled, key=natural_key) == names


def test_accents_that_macos_takes_apart_are_composed(target: Path) -> None:
    files = {unicodedata.normalize("NFD", name.replace("cats", "chaté")): data for name, data in PETS.items()}
    assert labels_in(zipped(target, files)) == {unicodedata.normalize("NFC", "chaté"), "dogs"}


def test_unmarked_names_that_are_utf8_are_taken_as_such(target: Path) -> None:
    with read_zip(with_name(target, "cats/Ü.jpg".encode())) as found:
        assert "cats/Ü.jpg" in {entry.name for entry in found.entries}


def test_names_that_are_marked_as_utf8_and_are_not_are_refused(target: Path) -> None:
    refuses(with_name(target, b"cats/\x81\x9a.jpg", 0x800), "marked as UTF-8 but are not")


@pytest.mark.parametrize(("alphabet", "said_as"), [("cp437", "cp437"), ("cp850", "cp437"), ("cp1252", "cp1252")])
def test_names_that_windows_wrote_are_read_and_that_is_said(target: Path, alphabet: str, said_as: str) -> None:
    files = {f"{label}/{n}.png": b"" for label in ("Äpfel", "Möhren", "épinards") for n in range(4)}
    codes = {name: f"{number:0{len(name) - 2}d}" for number, name in enumerate(files)}
    codes = {name: f"{code[: name.index('/')]}/{code[name.index('/') :]}~" for name, code in codes.items()}
    data = zipped(target, dict.fromkeys(codes.values(), b"")).read_bytes()
    for name, code in codes.items():
        data = data.replace(code.encode(), name.encode(alphabet))
    target.write_bytes(data)
    with read_zip(target) as found:
        assert {entry.name for entry in found.entries} == set(files)
        assert {entry.label for entry in found.entries} == {"Äpfel", "Möhren", "épinards"}
        assert said_as in found.said[0]


@pytest.mark.parametrize(
    "data", [b"", b"hello" * 100, b"\x89PNG\r\n\x1a\n" + bytes(100), b"Rar!\x1a\x07\x00" + bytes(99)]
)
def test_what_is_no_zip_is_refused(target: Path, data: bytes) -> None:
    target.write_bytes(data)
    refuses(target, "not a ZIP file")


def test_a_cut_zip_is_refused(target: Path) -> None:
    whole = zipped(target).read_bytes()
    for part in (whole[: len(whole) // 2], whole[:-1], whole[-300:]):
        target.write_bytes(part)
        refuses(target, "damaged or incomplete")


def test_every_flipped_byte_of_the_listing_is_refused_or_harmless(target: Path) -> None:
    whole = zipped(target, method=zipfile.ZIP_STORED).read_bytes()
    for place in range(whole.find(b"PK\1\2"), len(whole)):
        try:
            with read_zip(io.BytesIO(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])) as found:
                for entry in found.entries:
                    entry.read()
        except DatasetError:
            continue


def test_a_file_damaged_inside_the_zip_says_so_when_it_is_read(target: Path) -> None:
    data = zipped(target, method=zipfile.ZIP_STORED).read_bytes()
    target.write_bytes(data.replace(b"cats 1", b"cats 9"))
    with read_zip(target) as found, pytest.raises(DatasetError, match=r"cats/1\.jpg is damaged"):
        found.entries[0].read()


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.jpg", "cats/../../evil.jpg", "/etc/evil.jpg", "C:\\evil.jpg", "c:evil.jpg"),
        *("cats\\..\\..\\evil.jpg", "\\\\server\\evil.jpg", "__MACOSX/../evil.jpg", "../"),
    ],
)
def test_files_whose_paths_lead_out_are_left_out(target: Path, name: str) -> None:
    leaves_out(zipped(target, {**PETS, name: b""}), name, "leads out of the folder")


def test_files_that_lie_absurdly_deep_are_left_out(target: Path) -> None:
    name = "cats/" + "a/" * 60 + "1.jpg"
    leaves_out(zipped(target, {**PETS, name: b""}), f"{name[:50]}…{name[-29:]}", "more than 50 folders deep")


@pytest.mark.parametrize("name", ["x" * 300, "a\x1b[31m", "a\nb", "gpj.\u202eexe"])
def test_odd_names_are_shown_safely(target: Path, name: str) -> None:
    with read_zip(zipped(target, {**PETS, f"cats/{name}.jpg": b"", f"notes/{name}.txt": b""})) as found:
        shown = [entry.name for entry in found.entries] + [listed for listed, _ in found.skipped]
    assert len(shown) == 10
    assert all(len(one) <= 80 and one.isprintable() for one in shown)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_left_out(target: Path, kind: int) -> None:
    zipped(target)
    info = zipfile.ZipInfo("cats/link.jpg")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    leaves_out(target, "cats/link.jpg", "is a link")


@pytest.mark.parametrize("suffix", ["zip", "tar", "tar.gz", "7z", "RAR"])
def test_archives_inside_are_left_out(target: Path, suffix: str) -> None:
    leaves_out(
        zipped(target, {**PETS, f"cats/more.{suffix}": b""}), f"cats/more.{suffix}", "archive inside the archive"
    )


def test_an_encrypted_zip_is_refused(target: Path) -> None:
    refuses(with_flags(zipped(target), 1), "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_without_a_bound_are_refused(target: Path, method: int) -> None:
    refuses(zipped(target, method=method), "unusual compression method")


def test_a_file_that_unpacks_to_far_more_is_left_out(target: Path) -> None:
    leaves_out(zipped(target, {**PETS, "cats/bomb.bmp": bytes(5 * MB)}), "cats/bomb.bmp", "200 times its size")


def test_a_small_file_may_be_of_one_colour(target: Path) -> None:
    with read_zip(zipped(target, {**PETS, "cats/white.bmp": bytes(MB)})) as found:
        assert len(found.entries) == 9


def test_files_that_unpack_to_too_much_together_are_refused(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.archives.archives.LIMITS", type(LIMITS)(unpacked_mb=1))
    zipped(target, {**PETS, "cats/5.bmp": os.urandom(MB), "film.mov": os.urandom(MB)})
    refuses(target, "the images are too large, expected at most 1 MB in total")


def test_files_that_share_their_bytes_are_refused(target: Path) -> None:
    data = bytearray(zipped(target, {**PETS, "dogs/5.jpg": os.urandom(9000)}).read_bytes())
    last = data.rfind(b"PK\1\2")
    for found in re.finditer(b"PK\1\2", bytes(data)):  # every record points to the last one's bytes
        data[found.start() + 10 : found.start() + 28] = data[last + 10 : last + 28]
        data[found.start() + 42 : found.start() + 46] = data[last + 42 : last + 46]
    target.write_bytes(data)
    refuses(target, "overlap")


@pytest.mark.parametrize("honest", [False, True])
def test_a_header_that_lies_about_the_size_unpacks_no_more_than_it_says(target: Path, honest: bool) -> None:
    with_sizes(target, {**PETS, "dogs/9.bmp": bytes(40 * MB)}, 4000)
    if honest:  # the check sum of what it claims to be
        data = bytearray(target.read_bytes())
        struct.pack_into("<L", data, data.rfind(b"PK\1\2") + 16, zlib.crc32(bytes(4000)))
        target.write_bytes(data)
    with read_zip(target) as found:
        tracemalloc.start()
        with nullcontext() if honest else pytest.raises(DatasetError, match="damaged"):
            assert found.entries[-1].read() == bytes(4000)
        peak_mb = tracemalloc.get_traced_memory()[1] / MB
        tracemalloc.stop()
    assert peak_mb < 1


def test_no_more_than_one_file_may_be_is_ever_read(tmp_path: Path) -> None:
    for name, data in PETS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    first = read_folder(tmp_path).entries[0]
    with (tmp_path / first.name).open("wb") as file:  # it has grown since; a hole, no bytes on disk
        file.truncate(200 * MB)
    with pytest.raises(DatasetError, match="too large"):
        first.read()


@pytest.mark.parametrize(("declared", "zip64"), [(None, False), (None, True), (3, False), (3, True)])
def test_a_million_empty_files_are_refused_whatever_the_zip_says_of_their_number(
    target: Path, declared: int | None, zip64: bool
) -> None:
    refuses(many_empty(target, 1_000_000, declared, zip64), "too many files")


def test_more_names_than_files_are_allowed_are_refused_without_listing_them(target: Path) -> None:
    refuses(many_empty(target, 3 * LIMITS.files + 1, declared=1), "too many files")


def test_the_limit_of_images_is_exact(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.datasets.archives.archives.LIMITS", type(LIMITS)(files=8))
    assert labels_in(zipped(target)) == {"cats", "dogs"}
    refuses(zipped(target, {**PETS, "cats/5.jpg": b""}), "too many files")


def test_a_zip_with_zip64_records_is_read(target: Path) -> None:
    data = zipped(target).read_bytes()
    end, place = data[-22:], len(data) - 22
    count, length, start = struct.unpack_from("<H2L", end, 10)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
    target.write_bytes(data[:-22] + end64 + struct.pack("<4sLQL", b"PK\6\7", 0, place, 1) + end)
    assert labels_in(target) == {"cats", "dogs"}


def test_an_archive_over_the_limit_is_refused_unread(target: Path) -> None:
    zipped(target)
    with target.open("ab") as file:
        file.truncate(201 * MB)
    refuses(target, "too large, expected at most 200 MB")


def test_a_hostile_zip_is_refused_by_a_process_that_has_little_memory(target: Path) -> None:
    many_empty(target, 1_000_000, declared=3)
    code = """
import resource, sys
from pathlib import Path
from core.datasets.archives.archives import read_zip
from core.errors import DatasetError
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 32 * 2**20, used + 32 * 2**20))
try:
    with read_zip(Path(sys.argv[1])):
        pass
except DatasetError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code, target], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("there are too many files")


Files = dict[str, bytes]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "it has no images"),
        ({"readme.txt": b""}, "it has no images"),
        ({f"{n}.jpg": b"" for n in range(9)}, "the images are not in folders"),
        ({f"cats/{n}.jpg": b"" for n in range(9)}, "there is only one class"),
        ({f"{n // 4}/{n}.jpg": b"" for n in range(404)}, "number of classes .* 2 to 100 .* received 101"),
        (
            {"cats/1.jpg": b"", "dogs/1.gif": b""},
            "no class has enough images, .* cats is left out: it has 1 image, exp",
        ),
        (
            {**{f"cats/{n}.jpg": b"" for n in range(4)}, "dogs/1.svg": b""},
            r"there is only one class.* such as dogs/1.svg: .svg is not a supported image format",
        ),
    ],
)
def test_what_is_not_one_folder_a_class_is_refused(target: Path, files: Files, words: str) -> None:
    refuses(zipped(target, files), words)


def test_what_is_in_no_class_folder_is_left_out(target: Path) -> None:
    leaves_out(zipped(target, {**PETS, "extra.jpg": b""}), "extra.jpg", "it is not in a class folder")
    around = {"all/" + name: data for name, data in PETS.items()}
    with read_zip(zipped(target, {**around, "all/extra.jpg": b"", "extra.jpg": b""})) as found:
        assert {entry.name for entry in found.entries} == around.keys()
        assert [name for name, _ in found.skipped] == ["all/extra.jpg", "extra.jpg"]


def test_classes_that_lack_images_are_left_out_and_named(target: Path) -> None:
    zipped(target, {**PETS, "bar/": b"", "birds/1.jpg": b"", "svg/1.svg": b"", "svg/2.svg": b""})
    with read_zip(target) as found:
        assert {entry.name for entry in found.entries} == PETS.keys()
        assert found.said == [
            "The class bar is left out: its folder has no images.",
            "The class birds is left out: it has 1 image, expected at least 4.",
            "The class svg is left out: none of its 2 files can be used "
            "(the first: .svg is not a supported image format).",
        ]
        assert ("birds/1.jpg", "its class is left out") in found.skipped


def test_of_many_classes_that_are_left_out_some_are_named(target: Path) -> None:
    with read_zip(zipped(target, {**PETS, **{f"b{n}/1.jpg": b"" for n in range(200)}})) as found:
        assert len(found.said) == 11
        assert found.said[-1] == "190 more classes are left out."


TREES = st.dictionaries(
    st.lists(
        st.sampled_from(["cats", "dogs", "Äpfel", "train", "test", "a\nb", "", ".", "..", "C:", ".git", "__MACOSX"]),
        min_size=1,
        max_size=4,
    ).map("/".join),
    st.integers(0, 6),
    max_size=12,
)


@settings(max_examples=60)
@given(TREES, st.lists(st.sampled_from(["cats/a.zip", "b.svg", "dogs/x/", "../c.jpg", "/d.jpg"]), unique=True))
def test_of_any_tree_each_file_is_taken_or_left_out_with_a_reason(counts: dict[str, int], others: list[str]) -> None:
    files = [f"{folder}/{n}.jpg" for folder, count in counts.items() for n in range(count)] + others + list(PETS)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name in files:
            archive.writestr(name, b"x")
    with suppress(DatasetError), read_zip(file) as found:
        shown = [name for name in files if not name.endswith("/") and not _is_litter(name)]
        assert len(found.entries) + len(found.skipped) == len(shown)
        assert all(why for _, why in found.skipped)
        per_class = Counter(entry.label for entry in found.entries if not entry.is_test)
        assert min(per_class.values()) >= LIMITS.least_images
        assert {entry.label for entry in found.entries} == set(per_class)


def _is_litter(name: str) -> bool:
    folders = set(name.split("/"))
    leads_out = ".." in folders or name.startswith(("/", "C:"))
    return not leads_out and bool(folders & {".git", "__MACOSX"})


def test_folders_in_a_class_are_that_class(target: Path) -> None:
    parts = ("cats/indoor", "cats/outdoor", "dogs", "dogs/extra")
    with read_zip(zipped(target, {f"{part}/{n}.jpg": b"" for part in parts for n in range(4)})) as found:
        assert [entry.label for entry in found.entries] == ["cats"] * 8 + ["dogs"] * 8


def test_the_files_own_split_is_kept_and_said(target: Path) -> None:
    files = {f"pets/{part}/{name}": b"" for part in ("train", "val", "test") for name in PETS}
    with read_zip(zipped(target, {**files, "pets/test/birds/1.jpg": b""})) as found:
        assert {(entry.name.split("/")[1], entry.is_test) for entry in found.entries} == {
            *(("train", False), ("val", False), ("test", True)),
        }
        assert {entry.label for entry in found.entries} == {"cats", "dogs"}
        assert found.said[0] == "The files have their own split, in folders: test, train, val."
        assert "birds is left out: its only file cannot be used (the first: it is for testing" in found.said[1]


def test_a_name_that_is_there_twice_counts_once(target: Path) -> None:
    zipped(target)
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("cats/1.jpg", b"other")
    with read_zip(target) as found:
        assert len(found.entries) == 8
        assert found.skipped == [("cats/1.jpg", "it is in the ZIP twice")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in PETS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_folder_is_read_as_a_zip_of_it(folder: Path) -> None:
    (folder / ".hidden").mkdir()
    (folder / "cats" / "notes.txt").write_text("x")
    found = read_folder(folder)
    assert {entry.name: entry.read() for entry in found.entries} == PETS
    assert [name for name, _ in found.skipped] == ["cats/notes.txt"]


@pytest.mark.parametrize(
    "add",
    [
        lambda folder: (folder / "cats" / "x.jpg").symlink_to("/etc/passwd"),
        lambda folder: (folder / "birds").symlink_to(folder / "cats"),
        lambda folder: os.mkfifo(folder / "cats" / "x.jpg"),
    ],
)
def test_links_and_pipes_in_a_folder_are_left_out(folder: Path, add: Callable[[Path], None]) -> None:
    add(folder)
    found = read_folder(folder)
    assert {entry.name for entry in found.entries} == PETS.keys()
    assert [why for _, why in found.skipped] == ["it is a link to another file"]


def test_names_on_disk_that_are_not_utf8_are_shown_with_marks(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder / "cats") + b"/\xff.jpg")).write_bytes(b"there")
    found = read_folder(folder)
    assert {entry.name: entry.read() for entry in found.entries} == {**PETS, "cats/?.jpg": b"there"}


def test_a_folder_named_like_a_burst_is_one_only_inside_a_class(tmp_path: Path) -> None:
    for number in range(LIMITS.least_images):
        for place in ("burst 1/burst 7", "burst 2"):
            (tmp_path / place).mkdir(parents=True, exist_ok=True)
            (tmp_path / place / f"{number}.png").touch()
    found = {(entry.label, entry.burst) for entry in read_folder(tmp_path).entries}
    assert found == {("burst 1", "burst 7"), ("burst 2", "")}


def test_a_folder_or_image_that_is_gone_is_an_error_in_words(folder: Path) -> None:
    entry = read_folder(folder).entries[0]
    (folder / entry.name).unlink()
    with pytest.raises(DatasetError, match=r"cats/1\.jpg cannot be read"):
        entry.read()
    with pytest.raises(DatasetError, match="cannot be read"):
        read_folder(folder / "nowhere")
