import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from core.datasets.images.pixels import read_npy_pair, read_pixels
from core.errors import DatasetError
from core.units import MB

ROOT = Path(__file__).parents[4]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "train.csv"


def pictures(side: int = 8, channels: int = 1, number: int = 12) -> np.ndarray:
    images = np.random.default_rng(side).integers(0, 256, (number, side, side, channels), np.uint8)
    images[:, [0, 0, -1, -1], [0, -1, 0, -1]] = 0  # black corners
    return images


def table(images: np.ndarray, labels: list[object], at: int = 0, label: str = "label") -> pd.DataFrame:
    frame = pd.DataFrame(images.reshape(len(images), -1)).rename(columns=lambda number: f"pixel{number}")
    frame.insert(at % (frame.shape[1] + 1), label, labels)
    return frame


def refuses(path: Path, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        read_pixels(path, "train.csv")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


LABELS: list[object] = [3, 10, 3, 10, 3, 10, 3, 10, 0, 0, 0, 0]


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (28, 3)])
@pytest.mark.parametrize("at", [0, -1])
@pytest.mark.parametrize("header", [True, False])
def test_pictures_come_back_as_they_were(target: Path, side: int, channels: int, at: int, header: bool) -> None:
    images = pictures(side, channels)
    table(images, LABELS, at, "x").to_csv(target, index=False, header=header)
    found, labels, classes, _ = read_pixels(target, "train.csv")
    assert (found.dtype, labels.dtype) == (np.uint8, np.int64)
    np.testing.assert_array_equal(found, images)
    assert classes == ("0", "3", "10")
    assert [int(classes[label]) for label in labels] == LABELS


@pytest.mark.parametrize("name", ["label", "Class", " Y", "target"])
def test_the_column_of_labels_is_known_by_its_name(target: Path, name: str) -> None:
    images = pictures()
    table(images, LABELS, 7, name).to_csv(target, index=False)
    found, labels, _, _ = read_pixels(target, "train.csv")
    np.testing.assert_array_equal(found, images)
    assert labels.tolist() == [1, 2] * 4 + [0] * 4


def test_a_header_of_numbers_with_the_name_of_the_labels_is_one(target: Path) -> None:
    frame = table(pictures(), LABELS)
    frame.columns = pd.Index(["label", *map(str, range(64))])
    frame.to_csv(target, index=False)
    assert len(read_pixels(target, "train.csv")[0]) == 12


@pytest.mark.parametrize("at", [0, -1])
@pytest.mark.parametrize("header", [True, False])
def test_labels_may_be_words(target: Path, at: int, header: bool) -> None:
    words: list[object] = ["owl", "cat"] * 6
    table(pictures(), words, at, "animal").to_csv(target, index=False, header=header)
    images, labels, classes, _ = read_pixels(target, "train.csv")
    assert len(images) == 12
    assert classes == ("cat", "owl")
    assert [classes[label] for label in labels] == words


def test_real_digits_are_read_with_their_labels_last(target: Path) -> None:
    digits = load_digits()
    np.savetxt(target, np.column_stack([digits.data, digits.target]), fmt="%d", delimiter=",")
    images, labels, classes, _ = read_pixels(target, "optdigits.tes")
    np.testing.assert_array_equal(images[..., 0], digits.images)
    np.testing.assert_array_equal(labels, digits.target)
    assert classes == tuple("0123456789")


def test_whole_numbers_with_a_point_are_read(target: Path) -> None:
    images = pictures()
    table(images.astype(float), [float(label) for label in LABELS]).to_csv(target, index=False, sep=";")
    found, _, classes, _ = read_pixels(target, "train.csv")
    np.testing.assert_array_equal(found, images)
    assert classes == ("0", "3", "10")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (784, "received 784 columns: no label and 784 pixels = 28x28"),
        (700, r"received 700 columns\."),
        (50, "8x8 to 128x128.* received 50 columns: 1 label and 49 pixels = 7x7"),
        (2352, "no label and 2,352 pixels = 28x28 in colour"),
        (49_254, "too many columns, expected at most 49,253"),
    ],
)
def test_what_is_not_square_is_refused_with_what_came(target: Path, columns: int, words: str) -> None:
    np.savetxt(target, np.ones((5, columns)), fmt="%d", delimiter=",")
    refuses(target, words)


def test_the_largest_pictures_are_read(target: Path) -> None:
    images = pictures(128, 3, number=8)
    table(images, LABELS[:8]).to_csv(target, index=False)
    np.testing.assert_array_equal(read_pixels(target, "train.csv")[0], images)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (256, "received 256 in row 3, column 'pixel5'"),
        (-1, "received -1 in row 3"),
        ("inf", r"received inf in row 3, column 'pixel5'"),
        (None, "received nothing in row 3"),
        ("dark", "received dark in row 3, column 'pixel5'"),
    ],
)
def test_a_pixel_that_is_none_is_named(target: Path, value: object, words: str) -> None:
    frame = table(pictures(), LABELS).astype(object)
    frame.loc[2, "pixel5"] = value
    frame.to_csv(target, index=False)
    refuses(target, words)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1] * 12, "there is only one class"),
        (list(range(12)), "no class has enough images.*The class 0 is left out: it has 1 image, expected at least 4"),
        (["a", "b"] * 5 + ["a", None], "has no label in row 12"),
    ],
)
def test_labels_that_are_none_are_refused(target: Path, labels: list[object], words: str) -> None:
    table(pictures(), labels).to_csv(target, index=False)
    refuses(target, words)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "train.csv is empty"),
        (b"label," + b",".join(b"p%d" % n for n in range(64)) + b"\n", "has no images"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a binary file, not a text"),
        (b"1," * (2 * MB), "a line of more than 1 MB"),
    ],
)
def test_what_is_no_table_is_refused(target: Path, data: bytes, words: str) -> None:
    target.write_bytes(data)
    refuses(target, words)


# Pairs of .npy


def pair(folder: Path, images: np.ndarray, labels: np.ndarray) -> tuple[Path, Path]:
    np.save(folder / "x.npy", images)
    np.save(folder / "y.npy", labels)
    return folder / "x.npy", folder / "y.npy"


@pytest.mark.parametrize(("side", "channels"), [(8, 1), (28, 3)])
def test_a_pair_of_arrays_comes_back_as_it_was(tmp_path: Path, side: int, channels: int) -> None:
    images = pictures(side, channels)
    for shaped in (images, images.transpose(0, 3, 1, 2), np.asfortranarray(images), images.astype(np.int32)):
        found, labels, classes, _ = read_npy_pair(*pair(tmp_path, shaped, np.array(LABELS)))
        np.testing.assert_array_equal(found, images)
        assert (type(found), found.dtype, labels.dtype) == (np.ndarray, np.uint8, np.int64)
        assert found.flags.writeable  # no longer the file itself
        assert found.flags.c_contiguous
        assert [int(classes[label]) for label in labels] == LABELS


def test_labels_of_a_pair_may_be_words_or_a_column(tmp_path: Path) -> None:
    words = np.array(["owl", "cat"] * 6)
    _, labels, classes, _ = read_npy_pair(*pair(tmp_path, pictures()[..., 0], words))
    assert [classes[label] for label in labels] == words.tolist()
    _, labels, _, _ = read_npy_pair(*pair(tmp_path, pictures(), np.array(LABELS)[:, None]))
    assert labels.tolist() == [1, 2] * 4 + [0] * 4


def test_a_class_of_too_few_pictures_is_left_out_and_named(tmp_path: Path, target: Path) -> None:
    images, few = pictures(), [3, 10, 3, 10, 3, 10, 3, 10, -5, 3, -5, -5]
    table(images, few).to_csv(target, index=False)
    for found, labels, classes, said in (
        read_pixels(target, "train.csv"),
        read_npy_pair(*pair(tmp_path, images, np.array(few))),
    ):
        np.testing.assert_array_equal(found, images[[*range(8), 9]])
        assert [int(classes[label]) for label in labels] == [3, 10, 3, 10, 3, 10, 3, 10, 3]
        assert (classes, labels.dtype) == (("3", "10"), np.int64)
        assert said[-1] == "The class -5 is left out: it has 3 images, expected at least 4."


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (pictures(), np.arange(5), r"^y\.npy has 5 labels for 12 images of x\.npy\.$"),
        (pictures() - 100.0, np.array(LABELS), "x.npy has pixels in an unknown range"),
        (np.zeros((12, 5), np.uint8), np.array(LABELS), "x.npy has the wrong shape"),
        (pictures(), np.array(LABELS) / 2, "y.npy holds numbers that are not class labels"),
        (pictures(), np.zeros(12, int), "there is only one class"),
        (pictures(), np.float64(1), "y.npy does not hold labels"),
        (np.array([None] * 12), np.array(LABELS), "x.npy holds Python objects"),
    ],
)
def test_arrays_of_something_else_are_refused(
    tmp_path: Path, images: np.ndarray, labels: np.ndarray, words: str
) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        read_npy_pair(*pair(tmp_path, images, labels))
    assert str(tmp_path) not in str(caught.value)


def test_files_that_are_no_arrays_are_refused(tmp_path: Path) -> None:
    paths = pair(tmp_path, pictures(), np.array(LABELS))
    whole = paths[0].read_bytes()
    np.savez(tmp_path / "z.npz", pictures())
    for data in (b"", b"hello", whole[:-1], whole[:50], (tmp_path / "z.npz").read_bytes()):
        paths[0].write_bytes(data)
        with pytest.raises(DatasetError, match=r"x\.npy (cannot be read: it is damaged|is empty)"):
            read_npy_pair(*paths)
    paths[0].unlink()
    with pytest.raises(DatasetError, match=r"x\.npy cannot be read"):
        read_npy_pair(*paths)


def test_hostile_files_are_refused_by_a_process_that_has_little_memory(tmp_path: Path) -> None:
    images, _ = pair(tmp_path, pictures(), np.array(LABELS))
    whole = images.read_bytes()
    images.write_bytes(whole.replace(b"(12, 8, 8, 1), }         ", b"(12000000000, 8, 8, 1), }"))
    assert b"12000000000" in images.read_bytes()
    (tmp_path / "wide.csv").write_bytes(b"," * (MB - 9) + b"\n1\n")
    (tmp_path / "endless.csv").write_bytes(b"1," * (54 * MB))
    code = """
import resource, sys
from pathlib import Path
from core.datasets.images.pixels import read_npy_pair, read_pixels
from core.errors import DatasetError
from core.units import MB
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100 * 2**20, used + 100 * 2**20))
folder = Path(sys.argv[1])
for read in (
    lambda: read_npy_pair(folder / "x.npy", folder / "y.npy"),
    lambda: read_pixels(folder / "wide.csv", "wide.csv"),
    lambda: read_pixels(folder / "endless.csv", "endless.csv"),
):
    try:
        read()
    except DatasetError as error:
        print(error, "because of", repr(error.__cause__))
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second, third = done.stdout.splitlines()
    assert first.startswith("x.npy has an impossible shape")
    assert second.startswith("wide.csv has too many columns")
    assert third.startswith("endless.csv has a line of more than 1 MB")
    assert "MemoryError" not in done.stdout
