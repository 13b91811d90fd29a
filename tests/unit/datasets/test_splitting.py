import io
import time
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn
from sklearn.datasets import load_sample_images

from core.datasets.splitting import join_groups, near_duplicate_groups, perceptual_hashes, split
from core.errors import DatasetError


def scenes(number: int, side: int, seed: int = 0, move: float = 0.0) -> np.ndarray:
    """Cut squares with some contrast out of two real photos; `move` shifts each by a share of its side."""
    rng, photos = np.random.default_rng(seed), load_sample_images().images
    found: list[Image.Image] = []
    while len(found) < number:
        photo, size = photos[rng.integers(2)], int(rng.integers(150, 380))
        y, x = rng.integers(10, photo.shape[0] - size - 10), rng.integers(10, photo.shape[1] - size - 10)
        if photo[y : y + size, x : x + size].std() > 40:
            y += round(move * size)
            found.append(Image.fromarray(photo[y : y + size, x : x + size]).resize((side, side)))
    return np.stack([np.asarray(image) for image in found])


def as_jpeg(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


def groups_of(images: np.ndarray) -> np.ndarray:
    return near_duplicate_groups(perceptual_hashes(images), images)


def found_again(first: np.ndarray, second: np.ndarray) -> float:
    groups = groups_of(np.concatenate([first, second]))
    return float(np.mean(groups[: len(first)] == groups[len(first) :]))


def test_a_hash_is_that_of_the_definition() -> None:
    images = scenes(5, 64)
    hashes = perceptual_hashes(images)
    for image, value in zip(images, hashes, strict=True):
        grey = image @ np.array([0.299, 0.587, 0.114])
        small = grey.reshape(32, 2, 32, 2).mean(axis=(1, 3))
        waves = dctn(small, type=2)[:8, :8].ravel()[1:]
        assert [bool(int(value) >> bit & 1) for bit in range(63)] == list(waves > np.median(waves))


def test_equal_images_have_equal_hashes_wherever_they_are() -> None:
    images = np.concatenate([scenes(3, 28), scenes(40, 28, seed=1), scenes(3, 28)])
    hashes = perceptual_hashes(images)
    assert list(hashes[:3]) == list(hashes[-3:])
    assert len(set(hashes.tolist())) > 35


def test_60_000_small_images_are_hashed_soon_and_in_little_memory() -> None:
    images = np.random.default_rng(0).integers(0, 256, (60_000, 28, 28, 1), dtype=np.uint8)
    start = time.process_time()
    tracemalloc.start()
    perceptual_hashes(images)
    peak_mb = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert time.process_time() - start < 10
    assert peak_mb < 300


def test_large_images_are_compared_in_little_memory() -> None:
    images = np.zeros((1500, 128, 128, 3), np.uint8)
    tracemalloc.start()
    groups_of(images)
    peak_mb = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    assert peak_mb < 100


@pytest.mark.parametrize("side", [28, 64, 128])
def test_a_burst_is_one_group(side: int) -> None:
    images = scenes(60, side)
    brighter = np.clip(images * 1.1 + 5, 0, 255).astype(np.uint8)
    assert found_again(images, np.stack([as_jpeg(image) for image in images])) >= 0.95
    assert found_again(images, scenes(60, side, move=0.01)) >= 0.9
    assert found_again(images, brighter) >= 0.85


def test_different_pictures_are_groups_of_their_own(rng: np.random.Generator) -> None:
    coarse = rng.integers(0, 256, (300, 6, 6, 3), dtype=np.uint8)
    images = np.stack(
        [np.asarray(Image.fromarray(image).resize((32, 32), Image.Resampling.BICUBIC)) for image in coarse]
    )
    assert len(set(groups_of(images).tolist())) == 300


def test_near_duplicates_of_near_duplicates_are_one_group() -> None:
    strip = [scenes(1, 128, seed=3, move=move) for move in (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)]
    ends = groups_of(np.concatenate([strip[0], strip[-1]]))
    assert ends[0] != ends[1]
    assert set(groups_of(np.concatenate(strip)).tolist()) == {0}


def test_plain_images_are_near_duplicates_only_if_all_pixels_are_equal(rng: np.random.Generator) -> None:
    plain = np.full((6, 32, 32, 3), 200, np.uint8)
    plain[2:] += rng.integers(0, 3, (4, 32, 32, 3), dtype=np.uint8)
    groups = groups_of(plain)
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 5


def test_the_same_pairs_are_found_as_by_comparing_one_by_one() -> None:
    images = np.concatenate([scenes(70, 32), scenes(70, 32, move=0.01)])
    hashes = perceptual_hashes(images)
    small = images.reshape(140, 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(140, -1)
    parent = list(range(140))
    for i in range(140):
        for j in range(i):
            close = (int(hashes[i]) ^ int(hashes[j])).bit_count() <= 6
            if close and np.corrcoef(small[i], small[j])[0, 1] > 0.985:
                old, new = parent[i], parent[j]
                parent = [new if p == old else p for p in parent]
    groups = groups_of(images)
    assert np.array_equal(groups[:, None] == groups, np.equal.outer(parent, parent))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_class_gives_its_share_and_no_group_is_on_both_sides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 150, 1000)
    labels = groups % 5
    train, test = split(labels, groups, 0.2, seed)
    assert sorted([*train, *test]) == list(range(1000))
    assert not set(groups[train]) & set(groups[test])
    shares = np.bincount(labels[test], minlength=5) / np.bincount(labels)
    assert np.all(np.abs(shares - 0.2) < 0.03)


def test_groups_of_one_give_the_very_share() -> None:
    labels = np.repeat([0, 1, 2], [50, 10, 5])
    _, test = split(labels, np.arange(65), 0.2, seed=4)
    assert list(np.bincount(labels[test])) == [10, 2, 1]


@pytest.mark.parametrize("sizes", [(7, 1), (4, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_a_class_of_two_groups_is_on_both_sides(seed: int, sizes: tuple[int, int]) -> None:
    labels = np.array([0] * 100 + [1] * 8)
    groups = np.concatenate([np.arange(100), np.repeat([200, 201], sizes)])
    train, test = split(labels, groups, 0.2, seed)
    assert set(labels[train]) == set(labels[test]) == {0, 1}


@pytest.mark.parametrize("seed", range(8))
def test_groups_that_span_classes_are_on_one_side_too(seed: int) -> None:
    labels = np.array([0, 1] * 20)
    groups = np.arange(40) // 2
    train, test = split(labels, groups, 0.25, seed)
    assert not set(groups[train]) & set(groups[test])
    assert list(np.bincount(labels[test])) == [5, 5]


def test_the_same_seed_gives_the_same_split_and_another_seed_another() -> None:
    labels, groups = np.arange(200) % 4, np.arange(200)
    first, again, other = (split(labels, groups, 0.2, seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_a_class_of_near_duplicates_only_is_refused_by_name() -> None:
    labels, groups = np.array([0] * 10 + [1] * 5), np.array([*range(10), *[10] * 5])
    with pytest.raises(DatasetError, match=r"all images of dogs are near-duplicates"):
        split(labels, groups, classes=("cats", "dogs"))


def test_what_shares_a_group_in_either_grouping_shares_one_in_the_joined_one() -> None:
    joined = join_groups(np.array([5, 5, 6, 7, 8, 9]), np.array([0, 1, 1, 2, 3, 3]))
    assert joined.tolist() == [0, 0, 0, 1, 2, 2]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
