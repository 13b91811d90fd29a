import io

import numpy as np
import pytest
from PIL import Image

from core.analysis.data import duplicates as module
from core.analysis.data.check import DataCheck, check_data
from core.analysis.data.duplicates import Duplicates, Pairs, exact_duplicates, first_copies, locate, pixel_hashes

SIDE = 28


def pictures(count: int, seed: int, channels: int = 1) -> np.ndarray:
    """Smooth pictures, all different."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 5, 5, channels), dtype=np.uint8)
    return np.stack([resized(image, SIDE) for image in coarse])


def resized(image: np.ndarray, side: int) -> np.ndarray:
    picture = Image.fromarray(image.squeeze()).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(picture).reshape(side, side, -1)


def as_jpeg(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image.squeeze()).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file)).reshape(image.shape)


def checked(x_train: np.ndarray, x_test: np.ndarray, y_train: np.ndarray | None = None) -> DataCheck:
    labels = np.zeros(len(x_train), np.int64) if y_train is None else y_train
    none = np.zeros(len(x_test), np.int64)
    return check_data(x_train, labels, x_test, none, ("a", "b"), lambda what, share: None)


def places(pairs: Pairs) -> set[tuple[str, int, str, int]]:
    return {(pair.part, pair.row, pair.other_part, pair.other_row) for pair in pairs.shown}


def exact(x_train: np.ndarray, x_test: np.ndarray, labels: list[int]) -> Duplicates:
    return exact_duplicates(pixel_hashes(x_train), pixel_hashes(x_test), np.array(labels))


def test_equal_images_share_a_hash_and_one_level_of_one_pixel_changes_it() -> None:
    images = np.zeros((3, 28, 28, 1), np.uint8)
    images[2, 27, 27] = 1
    first, second, third = pixel_hashes(images)
    assert first == second != third


def test_each_image_knows_the_first_one_equal_to_it() -> None:
    assert first_copies([b"x", b"y", b"x", b"z", b"y", b"x"]).tolist() == [0, 1, 0, 3, 1, 0]


def test_a_place_is_a_row_of_one_of_the_parts() -> None:
    assert [locate(place, 3) for place in (0, 2, 3, 4)] == [("train", 0), ("train", 2), ("test", 0), ("test", 1)]


def test_planted_copies_are_found_in_training_in_test_and_between_them() -> None:
    x_train, x_test = pictures(30, seed=1), pictures(20, seed=2)
    x_train[[7, 9]] = x_train[3]
    x_test[5], x_test[[11, 12]] = x_test[4], x_train[[20, 7]]
    found = exact(x_train, x_test, [0] * 50)
    assert places(found.train) == {("train", 3, "train", 7), ("train", 3, "train", 9)}
    assert places(found.test) == {("test", 4, "test", 5)}
    assert places(found.between) == {("train", 20, "test", 11), ("train", 3, "test", 12)}
    assert (found.train.count, found.test.count, found.between.count, found.conflicts.count) == (2, 1, 2, 0)


def test_copies_with_another_label_are_counted_and_come_first() -> None:
    x_train, x_test = pictures(30, seed=1), pictures(20, seed=2)
    x_train[[7, 9]] = x_train[3]
    x_test[0] = x_train[9]
    labels = [0] * 50
    labels[9] = 1
    found = exact(x_train, x_test, labels)
    assert found.train.shown[0].other_row == 9
    assert places(found.conflicts) == {("train", 3, "train", 9), ("train", 9, "test", 0)}
    assert [(pair.label, pair.other_label) for pair in found.conflicts.shown] == [(0, 1), (1, 0)]


def test_the_count_is_true_when_the_list_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOWN", 4)
    found = exact(np.zeros((12, 28, 28, 1), np.uint8), pictures(5, seed=0), [0] * 17)
    assert found.train.count == 11
    assert len(found.train.shown) == 4


@pytest.mark.parametrize("channels", [1, 3])
def test_planted_near_copies_are_found_and_nothing_else(channels: int) -> None:
    x_train, x_test = pictures(60, 1, channels), pictures(40, 2, channels)
    x_train[50] = as_jpeg(x_train[10])
    x_train[51] = np.clip(x_train[11].astype(int) + 6, 0, 255)
    x_test[20] = as_jpeg(x_test[21])
    x_test[30] = resized(resized(x_train[12], 20), SIDE)
    x_test[31] = x_train[13]  # an exact copy is none of these
    near = checked(x_train, x_test).near
    assert places(near.train) == {("train", 10, "train", 50), ("train", 11, "train", 51)}
    assert places(near.test) == {("test", 20, "test", 21)}
    assert places(near.between) == {("train", 12, "test", 30)}
    assert near.conflicts.count == 0


def test_near_copies_are_listed_with_their_pixel_difference_the_nearest_first() -> None:
    x_train = pictures(60, seed=1)
    x_train[:, 0] = 100  # room to change a few pixels without touching 0 or 255
    x_train[50], x_train[51] = x_train[10], x_train[11]
    x_train[50, 0, :, 0] += 28
    x_train[51, 0, :, 0] += 7
    shown = checked(x_train, pictures(20, seed=2)).near.train.shown
    assert [(pair.row, pair.other_row, pair.difference) for pair in shown] == [(11, 51, 0.25), (10, 50, 1.0)]


def test_near_copies_with_another_label_are_counted_apart() -> None:
    x_train, labels = pictures(60, seed=1), np.zeros(60, np.int64)
    x_train[50], x_train[51], labels[51] = as_jpeg(x_train[10]), as_jpeg(x_train[11]), 1
    near = checked(x_train, pictures(20, seed=2), labels).near
    assert near.train.count == 2
    assert places(near.conflicts) == {("train", 11, "train", 51)}
    assert near.train.shown[0] == near.conflicts.shown[0]


def test_a_long_series_of_near_copies_is_found_too() -> None:
    x_train = pictures(60, seed=1)
    for row in range(20, 45):  # 25 frames of one scene: their 10th neighbours are copies as well
        x_train[row] = x_train[20]
        x_train[row, row % 28, :3] ^= 8
    assert checked(x_train, pictures(20, seed=2)).near.train.count == 24


def test_pictures_that_all_resemble_each_other_are_no_copies() -> None:
    x_train = pictures(60, seed=1)
    x_train[20:45] = (pictures(25, seed=3) // 6) + 0.8 * x_train[20]  # as like each other as MNIST's ones
    assert checked(x_train, pictures(20, seed=2)).near.train.count == 0


def test_nearly_empty_images_are_no_copies_of_each_other() -> None:
    x_train = pictures(60, seed=1)
    x_train[:8] = np.random.default_rng(0).integers(0, 3, (8, 28, 28, 1))
    assert checked(x_train, pictures(20, seed=2)).near.train.count == 0
