"""Files as strangers brought them, from what `data add` and the page are given to what they say of the data."""

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli.data.report import about
from core.datasets import open_prepared
from core.datasets.images.photos import Shaping
from core.datasets.own import own
from core.datasets.own.build import build
from core.datasets.own.recognise import copy_to, recognise
from core.errors import DatasetError
from core.settings import Settings

SIDE = 28
CLASSES = np.arange(18) % 3
PICTURES = np.random.default_rng(0).integers(0, 256, (18, SIDE, SIDE), np.uint8)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
WORDS = np.array(["bar", "box", "disc"])
LONG = (
    "Corn_(maize)___Northern_Leaf_Blight",
    "Tomato___Spider_mites_Two-spotted_spider_mite",
    "Tomato___Tomato_Yellow_Leaf_Curl_Virus",
)

Write = Callable[[Path], Sequence[Path]]


def picture(number: int, bits: int = 8) -> bytes:
    """Return a PNG that no other number gives."""
    pixels = np.random.default_rng(number).integers(0, 2**bits, (SIDE, SIDE))
    image = Image.fromarray(pixels.astype(np.uint8 if bits == 8 else np.uint16))
    image.save(data := io.BytesIO(), "PNG")
    return data.getvalue()


def zipped(*folders: str, each: int = 6, bits: int = 8, **others: bytes) -> Write:
    """A ZIP of pictures in these folders, and of other files (`a/b.c` is written `a__b_c`)."""
    files = {f"{folder}/{n}.png": picture(each * k + n, bits) for k, folder in enumerate(folders) for n in range(each)}
    files |= {name.replace("__", "/").replace("_", "."): data for name, data in others.items()}

    def write(folder: Path) -> Sequence[Path]:
        with zipfile.ZipFile(path := folder / "photos.zip", "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return [path]

    return write


def of_windows(folder: Path) -> Sequence[Path]:
    """A ZIP whose names are in cp437, without the flag that says what they are in."""
    (path,) = zipped("Xpfel", "Mxhren")(folder)
    names = {b"Xpfel": "Äpfel".encode("cp437"), b"Mxhren": "Möhren".encode("cp437")}
    data = path.read_bytes()
    for plain, written in names.items():
        data = data.replace(plain, written)
    path.write_bytes(data)
    return [path]


def arrays(labels: np.ndarray = CLASSES, pictures: np.ndarray = PICTURES) -> Write:
    def write(folder: Path) -> Sequence[Path]:
        path = folder / "mine.npz"
        np.savez(path, x_train=pictures, y_train=labels, x_test=pictures[:6], y_test=labels[:6])
        return [path]

    return write


def pair(labels: np.ndarray) -> Write:
    def write(folder: Path) -> Sequence[Path]:
        np.save(folder / "images.npy", PICTURES)
        np.save(folder / "labels.npy", labels)
        return [folder / "images.npy", folder / "labels.npy"]

    return write


def pixels(labels: Sequence[str], *, is_counted: bool = False) -> Write:
    """A CSV with a label and the pixels of a picture in each row; maybe with the index that pandas writes."""

    def write(folder: Path) -> Sequence[Path]:
        head = ["label", *(f"p{n}" for n in range(SIDE * SIDE))]
        rows = [[label, *map(str, x.ravel())] for label, x in zip(labels, PICTURES, strict=True)]
        if is_counted:
            head, rows = ["", *head], [[str(n), *row] for n, row in enumerate(rows)]
        (path := folder / "pixels.csv").write_text("\n".join(",".join(row) for row in [head, *rows]))
        return [path]

    return write


def same(*names: str, of: int) -> dict[str, int]:
    return dict.fromkeys(names, of)


# How it is written, its classes, what is left out, and what is said
CASES: dict[str, tuple[Write, dict[str, int], list[str], str]] = {
    "nested": (zipped("cats/indoor", "cats/outdoor", "dogs", "dogs/extra"), same("cats", "dogs", of=12), [], ""),
    "split": (
        zipped(*(f"pets/{part}/{name}" for part in ("train", "val", "test") for name in ("cats", "dogs"))),
        same("cats", "dogs", of=18),
        [],
        "The files have their own split, in folders: test, train, val",
    ),
    "umlauts of Windows": (of_windows, same("Möhren", "Äpfel", of=6), [], "they were read as cp437"),
    "loose preview": (zipped("box", "disc", preview_png=picture(99)), same("box", "disc", of=6), ["preview.png"], ""),
    "stray archive": (zipped("box", "disc", box__old_zip=b"PK"), same("box", "disc", of=6), ["box/old.zip"], ""),
    "empty class": (zipped("box", "disc", bar__=b""), same("box", "disc", of=6), [], "The class bar is left out"),
    "class of SVG": (
        zipped("box", "disc", bar__0_svg=SVG, bar__1_svg=SVG),
        same("box", "disc", of=6),
        ["bar/0.svg", "bar/1.svg"],
        "The class bar is left out",
    ),
    "10 bits in 16": (zipped("box", "disc", bits=10), same("box", "disc", of=6), [], "so that 1,023 is white"),
    "long names": (zipped(*LONG), same(*LONG, of=6), [], ""),
    "gaps": (arrays(np.array([3, 5, 8])[CLASSES]), same("3", "5", "8", of=8), [], ""),
    "gaps in a pair": (pair(np.array([3, 5, 8])[CLASSES]), same("3", "5", "8", of=6), [], ""),
    "from 1": (arrays(CLASSES + 1), same("1", "2", "3", of=8), [], ""),
    "one-hot": (arrays(np.eye(3)[CLASSES]), same("0", "1", "2", of=8), [], "The labels are one-hot"),
    "one-hot in a pair": (pair(np.eye(3)[CLASSES]), same("0", "1", "2", of=6), [], "The labels are one-hot"),
    "decimals": (arrays(CLASSES.astype(float)), same("0", "1", "2", of=8), [], "whole numbers stored as decimals"),
    "words": (arrays(WORDS[CLASSES]), same("bar", "box", "disc", of=8), [], ""),
    "flat": (arrays(pictures=PICTURES.reshape(18, -1)), same("0", "1", "2", of=8), [], "is an image of 28x28"),
    "0 to 255 as floats": (
        arrays(pictures=PICTURES.astype(np.float32)),
        same("0", "1", "2", of=8),
        [],
        "Pixels are whole numbers stored as decimals",
    ),
    "true and false": (arrays(pictures=PICTURES > 127), same("0", "1", "2", of=8), [], "read as white and black"),
    "NA and None": (pixels(np.array(["disc", "NA", "None"])[CLASSES]), same("disc", "NA", "None", of=6), [], ""),
    "index column": (
        pixels(WORDS[CLASSES], is_counted=True),
        same("bar", "box", "disc", of=6),
        [],
        "The first column, which has no name and only numbers the rows, was left out",
    ),
}


def added(settings: Settings, paths: Sequence[Path], target: str | None = None) -> own.Card:
    """Bring files as `data add` does, and read them as its worker does."""
    brought = recognise(paths, Shaping(SIDE, "squeeze", 1), target=target)
    card = own.begin(settings, "ann", brought.title, brought.kind.id, brought.options)
    copy_to(brought, own.raw(settings, card.id))
    build(settings, card.id, lambda words, share: None)
    return own.change(settings, card.id, "ann", accepted=True)


@pytest.mark.parametrize(("write", "classes", "left_out", "words"), CASES.values(), ids=CASES)
def test_what_strangers_bring_becomes_the_classes_that_they_meant(
    settings: Settings, tmp_path: Path, write: Write, classes: dict[str, int], left_out: list[str], words: str
) -> None:
    card = added(settings, write(tmp_path))
    found = about(settings, card)
    assert found["classes"] == classes
    assert [file["name"] for file in found["left_out"]] == left_out
    assert all(file["why"] for file in found["left_out"])
    assert words in " ".join(found["notes"])
    data = open_prepared(settings, card.id)
    assert data.spec.classes == tuple(classes)
    assert data.x_train.max() > 240  # of 255, whatever it was written as


def test_a_tables_words_for_nothing_are_words_and_its_identifier_is_left_out(
    settings: Settings, tmp_path: Path
) -> None:
    rows = [f"{n},{('None', 'NA', 'big')[n % 3]},{1.5 * n}" for n in range(30)]
    (tmp_path / "table.csv").write_text("\n".join(["id,kind,size", *rows]), encoding="utf-8-sig")
    card = added(settings, [tmp_path / "table.csv"], target="size")
    columns = {column["name"]: column for column in card.notes["columns"]}
    assert (columns["kind"]["missing"], columns["kind"]["examples"]) == (0, ["None", "NA", "big"])
    assert columns["id"]["kind"] == "identifier"
    assert [column["name"] for column in about(settings, card)["left_out"]] == ["id"]
    assert open_prepared(settings, card.id).spec.features.names == ("kind = big", "kind = NA", "kind = None")


def test_labels_that_are_too_few_are_said_by_the_names_in_the_file(settings: Settings, tmp_path: Path) -> None:
    np.savez(tmp_path / "mismatch.npz", x_train=PICTURES, y_train=CLASSES[:15], x_test=PICTURES, y_test=CLASSES)
    with pytest.raises(DatasetError, match=r"mismatch\.npz: y_train has 15 labels for 18 images of x_train"):
        added(settings, [tmp_path / "mismatch.npz"])
