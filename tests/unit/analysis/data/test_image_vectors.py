import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.analysis.data import image_vectors as module
from core.analysis.data.image_vectors import image_vectors, nearest_among, nearest_others, shrink


def noise(count: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def quiet(share: float) -> None:
    pass


def test_small_images_are_scaled_only() -> None:
    images = noise(3, 28, 32, 3)
    np.testing.assert_allclose(shrink(images), images.reshape(3, -1) / 255, rtol=1e-6)


def test_large_images_are_averaged_block_by_block() -> None:
    images = noise(2, 128, 64, 3)
    blocks = images.reshape(2, 32, 4, 32, 2, 3).mean((2, 4)) / 255
    np.testing.assert_allclose(shrink(images), blocks.reshape(2, -1), rtol=1e-5)


def test_blocks_of_unequal_size_keep_the_brightness() -> None:
    assert shrink(np.full((1, 100, 37, 1), 51, np.uint8)) == pytest.approx(np.full((1, 32 * 32), 0.2))


def test_vectors_keep_the_distances_of_images_that_vary_in_few_ways() -> None:
    patterns = np.random.default_rng(0).random((5, 28 * 28))
    images = (np.random.default_rng(1).random((60, 5)) @ patterns * 50).astype(np.uint8).reshape(60, 28, 28, 1)
    train, test = image_vectors(images[:50], images[50:], 0, quiet)
    assert (train.shape, test.shape, train.dtype) == ((50, 40), (10, 40), np.float32)
    found = np.linalg.norm(train[:, None] - test[None], axis=-1)
    flat = images.reshape(60, -1) / 255
    expected = np.linalg.norm(flat[:50, None] - flat[None, 50:], axis=-1)
    np.testing.assert_allclose(found, expected, rtol=0.02)


def test_vectors_are_the_same_each_time_when_only_some_images_are_fitted_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FITTED_ON", 100)
    images = noise(150, 10, 10, 1)
    first, again = (image_vectors(images, images[:20], 3, quiet) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_allclose(first[0][:20], first[1], atol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_hardly_any_images_give_vectors_without_a_warning(count: int) -> None:
    train, test = image_vectors(np.zeros((count, 28, 28, 1), np.uint8), np.zeros((0, 28, 28, 1), np.uint8), 0, quiet)
    assert len(train) == count
    assert len(test) == 0


def test_neighbours_are_scikit_learns_without_the_image_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_QUERIES", 17)
    vectors = np.random.default_rng(0).normal(size=(90, 6)).astype(np.float32)
    rows, told = np.arange(0, 90, 2), list[float]()
    nearest = nearest_others(vectors, rows, told.append)
    distances, found = NearestNeighbors(n_neighbors=11, algorithm="kd_tree").fit(vectors[rows]).kneighbors()
    np.testing.assert_array_equal(nearest.found, rows[found][:, :10])
    np.testing.assert_allclose(nearest.distances, distances[:, :10], rtol=1e-5)
    assert told == sorted(told)
    assert told[-1] == 1


def test_an_image_is_never_its_own_neighbour_even_among_equal_vectors() -> None:
    nearest = nearest_others(np.zeros((30, 4), np.float32), np.arange(30), quiet)
    assert nearest.found.shape == (30, 10)
    assert not (nearest.found == np.arange(30)[:, None]).any()


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_images_have_as_many_neighbours_as_there_are_others(count: int) -> None:
    nearest = nearest_others(np.eye(5, dtype=np.float32), np.arange(count), quiet)
    assert nearest.found.shape == (count, max(0, count - 1))


def test_neighbours_in_another_part_are_the_rows_of_that_part() -> None:
    base = np.arange(40, dtype=np.float32)[:, None]
    nearest = nearest_among(np.array([[99], [20.2]], np.float32), np.array([1]), base, np.arange(0, 40, 2))
    assert nearest.asked.tolist() == [1]
    assert nearest.found[0, :3].tolist() == [20, 22, 18]
    np.testing.assert_allclose(nearest.distances[0, :3], [0.2, 1.8, 2.2], rtol=1e-3)
