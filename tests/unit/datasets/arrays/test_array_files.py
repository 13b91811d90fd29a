"""Files of arrays: read, described from their heads, refused in words."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.datasets import find_dataset, list_datasets, open_prepared, prepare
from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.dataset import Arrays
from core.datasets.prepared import is_prepared
from core.errors import DatasetError
from core.settings import Settings
from tests.support import tiny


def read(path: Path) -> Arrays:
    return read_arrays(path, path.name, plan_arrays(path, path.name))


def medmnist(labels: int = 2) -> Arrays:
    rng = np.random.default_rng(0)
    found: Arrays = {}
    for part, size in (("train", 12), ("val", 5), ("test", 7)):
        found[f"{part}_images"] = rng.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        found[f"{part}_labels"] = (np.arange(size)[:, None] % labels).astype(np.uint8)
    return found


def colour() -> Arrays:
    arrays = tiny.arrays()
    return {k: (np.repeat(a, 3, axis=3) if k[0] == "x" else a[:, None].astype(np.uint8)) for k, a in arrays.items()}


@pytest.fixture
def put(settings: Settings) -> Callable[..., Path]:
    """Put a file into the data folder."""
    settings.data_dir.mkdir()

    def puts(name: str = "mine.npz", **arrays: Any) -> Path:
        np.savez_compressed(settings.data_dir / name, **arrays)
        return settings.data_dir / name

    return puts


def test_a_keras_file_in_the_data_folder_is_a_data_set(settings: Settings, put: Callable[..., Path]) -> None:
    put("My Photos-2.npz", **colour())
    dataset = list_datasets(settings)["file_my_photos_2"]
    assert (dataset.spec.input_shape, dataset.spec.classes) == ((8, 8, 3), ("0", "1", "2"))
    assert (dataset.spec.train_size, dataset.spec.test_size) == (30, 11)
    assert "validation" not in dataset.split
    prepare(settings, dataset.id)
    data = open_prepared(settings, dataset.id)
    np.testing.assert_array_equal(data.x_train, colour()["x_train"])
    np.testing.assert_array_equal(data.y_test, tiny.arrays()["y_test"])
    assert (data.y_test.dtype, data.spec) == (np.int64, dataset.spec)


def test_a_file_that_is_replaced_is_prepared_anew(settings: Settings, put: Callable[..., Path]) -> None:
    put(**tiny.arrays())
    before = prepare(settings, "file_mine")
    assert prepare(settings, "file_mine") == before
    path = put(**colour())
    os.utime(path, ns=(1, 1))  # however fast it was
    assert not is_prepared(settings, "file_mine")
    assert prepare(settings, "file_mine") != before
    assert open_prepared(settings, "file_mine").spec == list_datasets(settings)["file_mine"].spec
    path.unlink()  # what was prepared stays for the runs on it
    assert open_prepared(settings, "file_mine").x_train.shape == (30, 8, 8, 3)


def test_names_that_differ_in_signs_only_are_two_data_sets(settings: Settings, put: Callable[..., Path]) -> None:
    put("a b.npz", **tiny.arrays())
    put("a-b.npz", **colour())
    found = {key: dataset.spec.input_shape for key, dataset in list_datasets(settings).items() if key[:6] == "file_a"}
    assert found == {"file_a_b": (8, 8, 1), "file_a_b-2": (8, 8, 3)}
    assert find_dataset(settings, "file_a_b-2").id == "file_a_b-2"


def test_the_validation_images_of_a_medmnist_file_are_trained_on(settings: Settings, put: Callable[..., Path]) -> None:
    put(**medmnist())
    dataset = list_datasets(settings)["file_mine"]
    assert (dataset.spec.train_size, dataset.spec.test_size, dataset.spec.input_shape) == (17, 7, (28, 28, 1))
    assert "Its validation images are part of the training images" in dataset.split
    prepare(settings, "file_mine")
    data = open_prepared(settings, "file_mine")
    np.testing.assert_array_equal(data.x_train[:12, ..., 0], medmnist()["train_images"])
    np.testing.assert_array_equal(data.x_train[12:, ..., 0], medmnist()["val_images"])
    np.testing.assert_array_equal(data.x_test[..., 0], medmnist()["test_images"])


@pytest.mark.parametrize("arrays", [medmnist(), colour(), tiny.arrays()], ids=["medmnist", "colour", "grey"])
def test_its_program_loads_the_same_arrays(
    settings: Settings, put: Callable[..., Path], arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(**arrays)
    names: dict[str, Any] = {"np": np}
    monkeypatch.chdir(path.parent)
    exec(list_datasets(settings)["file_mine"].program, names)
    for name, array in read(path).items():
        np.testing.assert_array_equal(names[name], array)
        assert names[name].dtype == array.dtype


@pytest.mark.parametrize(
    ("name", "title"),
    [("cifar10-10k", "CIFAR-10 10k"), ("pneumoniamnist", "PneumoniaMNIST"), ("my_own data", "My own data")],
)
def test_its_name_becomes_a_title(settings: Settings, put: Callable[..., Path], name: str, title: str) -> None:
    put(f"{name}.npz", **medmnist())
    (found,) = [each for key, each in list_datasets(settings).items() if key.startswith("file_")]
    assert found.title == title


@pytest.mark.parametrize("words", [["no", "yes"], {"classes": ["no", "yes"], "title": "Chest", "licence": "CC BY 4.0"}])
def test_a_json_beside_it_names_its_classes(settings: Settings, put: Callable[..., Path], words: Any) -> None:
    put(**medmnist())
    (settings.data_dir / "mine.json").write_text(json.dumps(words))
    dataset = list_datasets(settings)["file_mine"]
    assert dataset.spec.classes == ("no", "yes")
    if isinstance(words, dict):
        assert (dataset.title, dataset.licence) == ("Chest", "CC BY 4.0")


@pytest.mark.parametrize("text", ["{", '["only one"]', '["a", "a"]', '{"classes": ["a"]}'])
def test_a_json_that_does_not_fit_is_said_at_the_data_set(
    settings: Settings, put: Callable[..., Path], text: str
) -> None:
    put(**medmnist())
    (settings.data_dir / "mine.json").write_text(text)
    assert "mine.json" in list_datasets(settings)["file_mine"].problem
    (settings.data_dir / "mine.json").unlink()  # a change is seen at once
    assert list_datasets(settings)["file_mine"].problem == ""


def test_only_labels_are_read_to_describe_a_file(
    settings: Settings, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(**medmnist())
    asked: list[str] = []
    real = __import__("core.arrays", fromlist=["read_npz"]).read_npz
    monkeypatch.setattr(
        "core.datasets.arrays.files.read_npz", lambda path, names: asked.extend(names) or real(path, names=names)
    )
    assert find_dataset(settings, "file_mine").spec.train_size == 17
    assert set(asked) == {"train_labels", "val_labels", "test_labels"}


def test_images_with_the_channels_first_are_turned(put: Callable[..., Path]) -> None:
    turned = {k: a.transpose(0, 3, 1, 2) if k[0] == "x" else a for k, a in colour().items()}
    np.testing.assert_array_equal(read(put(**turned))["x_train"], colour()["x_train"])


WRONG = {
    "no known names": ({"a": np.zeros(3)}, "no arrays with known names.*received a"),
    "rows of no square": ({"x_train": np.zeros((30, 65), np.uint8)}, "x_train has the wrong shape.*(30, 65)"),
    "fewer labels": ({"y_train": np.arange(20) % 3}, r"mine\.npz: y_train has 20 labels for 30 images of x_train\.$"),
    "other images": ({"x_test": np.zeros((11, 9, 9), np.uint8)}, "expected 8x8x1 as in x_train, received 9x9x1"),
    "two channels": ({"x_test": np.zeros((11, 8, 8, 2), np.uint8)}, "x_test has the wrong shape"),
    "tiny images": ({"x_train": np.zeros((30, 4, 4), np.uint8)}, "images of the wrong size"),
    "huge images": ({"x_train": np.zeros((1, 300, 300), np.uint8)}, "images of the wrong size"),
    "standardised pixels": ({"x_train": np.linspace(-2, 2, 1920).reshape(30, 8, 8)}, "float64, -2 to 2.*standardised"),
    "no number": ({"x_train": np.full((30, 8, 8), np.nan)}, "x_train has a pixel that is not finite"),
    "pixels of 256": ({"x_train": np.full((30, 8, 8), 256)}, "in an unknown range, expected 0 to 255"),
    "two ranges": (
        {"x_train": np.full((30, 8, 8), 200.0), "x_test": np.full((11, 8, 8), 0.5)},
        "different ranges, received 0.5 to 0.5 in x_test, 200 to 200 in x_train",
    ),
    "numbers to predict": (
        {"y_train": np.linspace(0, 1, 30)},
        "y_train holds numbers that are not class labels.*in row 2",
    ),
    "no label": ({"y_train": np.array([*range(29), np.nan])}, "y_train has no label in row 30"),
    "an empty word": ({"y_train": np.array(["a", *[""] * 29])}, "y_train has no label in row 2"),
    "no letters": ({"y_train": np.full(30, b"\xff")}, "y_train has labels in an unknown encoding"),
    "several marked": ({"y_train": np.eye(3)[np.arange(30) % 3] + np.eye(3)[1]}, "single 1, received .* in row 1"),
    "words and numbers": ({"y_train": np.full(30, "cat")}, "y_train holds words and y_test numbers"),
    "one class": ({"y_train": np.zeros(30, int), "y_test": np.zeros(11, int)}, "there is only one class, 0"),
    "many classes": ({"x_train": np.zeros((101, 8, 8)), "y_train": np.arange(101)}, "y_train has too many classes"),
    "objects": ({"y_train": np.full(30, None, object)}, "Python objects"),
}


@pytest.mark.parametrize(("arrays", "words"), WRONG.values(), ids=WRONG)
def test_a_file_of_something_else_is_refused_in_words(put: Callable[..., Path], arrays: Arrays, words: str) -> None:
    path = put(**arrays) if "a" in arrays else put(**{**tiny.arrays(), **arrays})
    with pytest.raises(DatasetError, match=words) as caught:
        read(path)
    assert str(caught.value).startswith("mine.npz: ")
    assert str(path.parent) not in str(caught.value)


def test_arrays_that_nobody_asked_for_are_not_unpacked(
    settings: Settings, put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(**tiny.arrays(), extra=np.zeros(10**6), y_train_old=np.zeros(10**6))
    opened: list[str] = []
    real = np.lib.npyio.NpzFile.__getitem__
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", lambda file, name: opened.append(name) or real(file, name))
    read(path)
    assert sorted(opened) == ["x_test", "x_train", "y_test", "y_train"]


def test_a_file_is_called_as_its_owner_calls_it(put: Callable[..., Path]) -> None:
    path = put(**{**tiny.arrays(), "y_train": np.full(30, 0.5)})
    with pytest.raises(DatasetError, match=r"^digits\.npz: y_train holds numbers that are not class labels"):
        plan_arrays(path, "digits.npz")


def test_a_header_that_claims_too_much_is_refused_before_anything_is_read(put: Callable[..., Path]) -> None:
    small = np.zeros((30, 8, 8, 1), np.uint8)
    path = put(**{**tiny.arrays(), "x_train": small})
    claimed = path.read_bytes()
    import io
    import zipfile

    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (10**7, 80, 80, 1)})
    with zipfile.ZipFile(io.BytesIO(claimed)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, head.getvalue() if name == "x_train.npy" else old.read(name))
    with pytest.raises(DatasetError, match=r"x_train is too large.*at most 2,000 MB in total.*64,000 MB"):
        read(path)
