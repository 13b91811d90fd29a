"""What files are is found by their names and what is in them."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.datasets.images.photos import Shaping
from core.datasets.own.kinds.pixels import is_table_of_pixels
from core.datasets.own.recognise import Brought, copy_to, recognise
from core.errors import DatasetError

SHAPING = Shaping(40, "pad", 3)


def kind(*paths: Path, target: str | None = None) -> Brought:
    return recognise(paths, SHAPING, target=target)


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return path


def test_a_zip_or_folder_is_photos_or_sounds_by_what_is_in_it(tmp_path: Path) -> None:
    photos = kind(zipped(tmp_path / "My  pets.zip", "cats/1.jpg", "dogs/2.JPG", "notes.txt"))
    assert (photos.kind.id, photos.title, list(photos.files)) == ("photos", "My pets", ["upload.zip"])
    assert photos.options == {"side": 40, "fit": "pad", "channels": 3, "seed": 0}
    assert kind(zipped(tmp_path / "s.zip", "a/1.wav", "b/2.wav", "cover.jpg")).kind.id == "sounds"
    (tmp_path / "birds" / "wren").mkdir(parents=True)
    (tmp_path / "birds" / "wren" / "1.WAV").write_bytes(b"")
    assert kind(tmp_path / "birds").kind.id == "sounds"


@pytest.mark.parametrize(("images", "labels"), [("a.npy", "my_labels.npy"), ("x.npy", "y.npy"), ("big.npy", "few.npy")])
def test_of_two_arrays_the_labels_are_found_whichever_comes_first(tmp_path: Path, images: str, labels: str) -> None:
    np.save(tmp_path / images, np.zeros((5, 8, 8)))
    np.save(tmp_path / labels, np.zeros(5))
    for paths in ((tmp_path / images, tmp_path / labels), (tmp_path / labels, tmp_path / images)):
        found = kind(*paths)
        assert (found.kind.id, found.options["names"]) == ("pair", [images, labels])


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n")
    return path


PIXELS = ",".join(map(str, range(64)))
NUMBERED = ",".join(f"pixel{i}" for i in range(64))
MEASURED = ",".join(f"{chr(97 + i % 26)}{'xyz'[i // 26]}" for i in range(64))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([f"label,{NUMBERED}", f"NA,{PIXELS}"], True),
        ([f"{NUMBERED},class", f"{PIXELS},cat"], True),
        ([f",label,{NUMBERED}", f"0,3,{PIXELS}"], True),  # a column that counts the rows
        ([f"3,{PIXELS}", f"4,{PIXELS}"], True),
        ([f"label;{NUMBERED.replace(',', ';')}", f"3;{PIXELS.replace(',', ';')}"], True),
        ([f"label,{MEASURED}", f"3,{PIXELS}"], False),  # 64 things that were measured
        ([f"label,{NUMBERED}", f"3,{PIXELS.replace(',', '999,')}"], False),
        (["id,size,kind", "1,2.5,big", "2,3.5,None"], False),
        (["label,pixel0,pixel1,pixel2,pixel3", "1,2,3,4,5"], False),  # 2x2
        ([""], False),
    ],
)
def test_a_csv_is_pictures_or_a_table_by_what_is_in_it(tmp_path: Path, rows: list[str], expected: bool) -> None:
    assert is_table_of_pixels(table(tmp_path / "a.csv", *rows)) is expected


def test_a_target_makes_a_table_of_it(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", f"label,{NUMBERED}", f"3,{PIXELS}")
    assert kind(path).options == {"name": "a.csv", "seed": 0}
    found = kind(path, target="label")
    assert (found.kind.id, found.options) == ("table", {"name": "a.csv", "target": "label"})
    assert kind(table(tmp_path / "a.tsv", "a\tb")).kind.id == "table"
    assert kind(table(tmp_path / "a.txt", "words")).kind.id == "text"
    with pytest.raises(DatasetError, match=r"pets\.zip is not a table"):
        kind(zipped(tmp_path / "pets.zip", "a/1.png"), target="label")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["gone.zip"], "there is no file"),
        (["one.npy"], "give both files"),
        (["1.jpg"], "into its own folder"),
        (["a.exe"], "not a data set of a known kind"),
        (["a.csv", "b.csv"], "do not form a data set"),
        (["broken.zip"], "broken.zip: this is not a ZIP"),
    ],
)
def test_what_nothing_learns_from_is_one_sentence(tmp_path: Path, names: list[str], words: str) -> None:
    for name in names:
        if name != "gone.zip":
            (tmp_path / name).write_bytes(b"?")
    with pytest.raises(DatasetError, match=words):
        kind(*(tmp_path / name for name in names))


def test_a_folder_is_copied_without_what_is_no_file(tmp_path: Path) -> None:
    place = tmp_path / "pets"
    for label in ("cats", "dogs"):
        (place / label).mkdir(parents=True)
        for number in range(4):
            (place / label / f"{number}.png").write_bytes(b"x")
    os.mkfifo(place / "cats" / "pipe")
    (place / "cats" / "link.png").symlink_to(tmp_path / "secret")
    (tmp_path / "raw").mkdir()
    copy_to(kind(place), tmp_path / "raw")
    copied = sorted(path.name for path in (tmp_path / "raw" / "cats").iterdir())
    assert copied == ["0.png", "1.png", "2.png", "3.png", "link.png"]
    assert (tmp_path / "raw" / "cats" / "link.png").is_symlink()  # which reading leaves out
