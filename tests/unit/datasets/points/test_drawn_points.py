from pathlib import Path

import numpy as np
import pytest

from core.datasets import find_dataset, open_prepared
from core.datasets.points.drawn import keep_points, points_of
from core.errors import DatasetError
from core.settings import Settings


def ink_of(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    ink = np.zeros((84, 84), np.uint8)
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = 255
    return ink


def test_points_lie_where_something_is_drawn_and_up_is_up() -> None:
    points = points_of(ink_of((0, 21, 63, 84)))  # the corner at the top right
    assert points.shape == (10_000, 2)
    assert points.dtype == np.float32
    assert points.min() >= 0.5
    assert points.max() <= 1.0
    assert abs(points.mean() - 0.75) < 0.01


def test_darker_ink_has_more_points() -> None:
    ink = ink_of((0, 84, 0, 42))
    ink[:, 42:] = 85
    assert (points_of(ink)[:, 0] < 0).mean() == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("ink", [ink_of(), ink_of((0, 3, 0, 3))])
def test_too_little_ink_is_said(ink: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="too little to learn from"):
        points_of(ink)


def test_a_drawing_becomes_data_that_a_gan_takes(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    key = keep_points(settings, "ann", "A bar", ink_of((10, 20, 5, 80)))
    dataset, data = find_dataset(settings, key), open_prepared(settings, key)
    assert (dataset.title, dataset.problem, dataset.owner) == ("A bar", "", "ann")
    assert dataset.spec == data.spec
    assert not data.spec.is_image
    assert "8,000 points are trained on" in dataset.split
    np.testing.assert_array_equal(np.concatenate([data.x_train, data.x_test]), points_of(ink_of((10, 20, 5, 80))))


def test_nothing_is_left_of_a_drawing_that_cannot_be_kept(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    with pytest.raises(DatasetError):
        keep_points(settings, "ann", "A dot", ink_of((0, 2, 0, 2)))
    with pytest.raises(DatasetError, match="needs a name"):
        keep_points(settings, "ann", "  ", ink_of((0, 84, 0, 9)))
    assert not list((tmp_path / "home").glob("**/card.json"))
