from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from core.analysis.data import check as module
from core.analysis.data.check import DataCheck, check_data
from core.errors import DatasetError

CLASSES = tuple("0123456789")
TRAIN = 1200


def quiet(what: str, share: float) -> None:
    pass


@pytest.fixture(scope="module")
def digits() -> dict[str, np.ndarray]:
    """1,797 real digits, 1,200 of them for training, with one fault of each kind."""
    data = load_digits()
    images, labels = np.repeat(np.repeat(data.images, 4, 1), 4, 2)[..., None] * 15, data.target.astype(np.int64)
    arrays = {
        "x_train": images[:TRAIN].astype(np.uint8),
        "y_train": labels[:TRAIN].copy(),
        "x_test": images[TRAIN:].astype(np.uint8),
        "y_test": labels[TRAIN:].copy(),
    }
    arrays["x_train"][700], arrays["y_train"][700] = arrays["x_train"][30], arrays["y_train"][30]
    arrays["x_test"][40], arrays["y_test"][40] = arrays["x_train"][31], arrays["y_train"][31]
    arrays["x_train"][800, 0, 0] ^= 4
    arrays["x_train"][801], arrays["y_train"][801] = arrays["x_train"][800], arrays["y_train"][800]
    arrays["x_train"][801, :4, :4] += 9
    arrays["x_test"][50] = 0
    arrays["x_train"][900] = 255 - arrays["x_train"][900] // 3
    arrays["y_train"][1000] = (arrays["y_train"][1000] + 1) % 10
    return arrays


@pytest.fixture(scope="module")
def check(digits: dict[str, np.ndarray]) -> DataCheck:
    sizes = np.full((TRAIN, 2), 32)
    sizes[77] = 320
    return check_data(**digits, classes=CLASSES, progress=quiet, train_sizes=sizes)


def test_each_planted_fault_is_found_in_its_place(check: DataCheck) -> None:
    assert [(pair.row, pair.other_row) for pair in check.exact.train.shown] == [(30, 700)]
    assert [(pair.row, pair.other_row) for pair in check.exact.between.shown] == [(31, 40)]
    assert (800, 801) in [(pair.row, pair.other_row) for pair in check.near.train.shown]
    assert [(empty.part, empty.row) for empty in check.empty.shown] == [("test", 50)]
    assert (check.brightness.shown[0].part, check.brightness.shown[0].row) == ("train", 900)
    assert 1000 in [suspect.row for suspect in check.labels.suspects]
    assert check.train_sizes is not None
    assert [(found.part, found.row) for found in check.train_sizes.shown] == [("train", 77)]
    assert check.test_sizes is None


def test_counts_and_arrays_describe_the_images(check: DataCheck, digits: dict[str, np.ndarray]) -> None:
    assert list(check.train_counts) == [(digits["y_train"] == label).sum() for label in range(10)]
    assert sum(check.test_counts) == len(digits["y_test"])
    assert check.mean_images.shape == check.deviation_images.shape == (11, 32, 32, 1)
    np.testing.assert_array_equal(check.mean_images[0], np.rint(digits["x_train"].mean(0)))
    assert check.histograms.sum((1, 2)).tolist() == [digits["x_train"].size, digits["x_test"].size]
    np.testing.assert_allclose(check.test_brightness, digits["x_test"].mean((1, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(check.train_contrast, digits["x_train"].std((1, 2, 3)), rtol=1e-6)
    assert check.compared == TRAIN - 1
    assert check.labels.checked == TRAIN


def test_progress_grows_from_nothing_to_nearly_all(digits: dict[str, np.ndarray]) -> None:
    told: list[tuple[str, float]] = []
    few = {key: values[:60] for key, values in digits.items()}
    check_data(**few, classes=CLASSES, progress=lambda *report: told.append(report))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert 0.9 < shares[-1] <= 1
    assert len({what for what, _ in told}) >= 5


def test_what_progress_raises_ends_the_check(digits: dict[str, np.ndarray]) -> None:
    def stop(what: str, share: float) -> None:
        if share > 0.2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        check_data(**digits, classes=CLASSES, progress=stop)


def test_the_same_data_give_the_same_result_when_only_a_sample_is_compared(
    digits: dict[str, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "COMPARED_AT_MOST", 400)
    first, again = (check_data(**digits, classes=CLASSES, progress=quiet) for _ in range(2))
    assert first.labels == again.labels
    assert first.compared == 400
    assert 400 <= first.labels.checked <= 401
    assert first.exact.train.count == 1  # equal images are searched among all


@pytest.mark.parametrize("count", [1, 2, 5])
def test_hardly_any_images_are_checked_without_a_warning(count: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28, 3), dtype=np.uint8)
    labels = np.zeros(count, np.int64)
    check = check_data(images, labels, images[:0], labels[:0], ("a", "b"), quiet)
    assert check.train_counts == (count, 0)
    assert check.labels.neighbours == count - 1


def test_images_that_are_all_the_same_are_checked_without_a_warning() -> None:
    images, labels = np.full((50, 28, 28, 1), 9, np.uint8), np.zeros(50, np.int64)
    check = check_data(images, labels, images[:5], labels[:5], ("a",), quiet)
    assert (check.exact.train.count, check.exact.between.count, check.empty.count) == (49, 5, 55)
    assert check.near.train.count == 0


def test_read_only_memory_mapped_images_are_checked_and_left_alone(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (30, 40, 28, 3), dtype=np.uint8)
    np.save(tmp_path / "x.npy", images)
    mapped, labels = np.load(tmp_path / "x.npy", mmap_mode="r"), np.arange(30) % 2
    check = check_data(mapped[:20], labels[:20], mapped[20:], labels[20:], ("a", "b"), quiet)
    assert check.exact.between.count == 0
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), images)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_train": np.zeros((0, 28, 28, 1), np.uint8), "y_train": np.zeros(0, np.int64)}, "no training image"),
        ({"x_train": np.zeros((4, 28, 28, 1), np.float32)}, "training images have the wrong type or shape"),
        ({"x_test": np.zeros((4, 28, 28, 3), np.uint8)}, "test images have the wrong type or shape"),
        ({"x_train": np.zeros((4, 28, 28), np.uint8)}, "training images have the wrong type or shape"),
        ({"y_test": np.zeros(3, np.int64)}, "4 test images have 3 labels"),
        ({"y_train": np.full(4, 2)}, "labels are not class indices"),
        ({"y_test": np.full(4, -1)}, "labels are not class indices"),
        ({"train_sizes": np.ones((3, 2))}, "sizes of the training originals"),
        ({"test_sizes": np.ones((4, 3))}, "sizes of the test originals"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_words(change: dict[str, np.ndarray], message: str) -> None:
    images, labels = np.zeros((4, 28, 28, 1), np.uint8), np.zeros(4, np.int64)
    arguments: dict[str, Any] = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels, **change}
    with pytest.raises(DatasetError, match=message):
        check_data(**arguments, classes=("a", "b"), progress=quiet)
