from pathlib import Path

import numpy as np
import pytest

from core.datasets import find_dataset, open_prepared
from core.datasets.points.drawn import keep_points, points_of, spec_of
from core.datasets.spec import DataSpec
from core.errors import DatasetError
from core.families import FAMILIES
from core.settings import Settings


def ink_of(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    ink = np.zeros((84, 84), np.uint8)
    for top, bottom, left, right in boxes:
        ink[top:bottom, left:right] = 255
    return ink


def test_points_lie_where_something_is_drawn_and_up_is_up() -> None:
    points, labels = points_of(ink_of((0, 21, 63, 84))[None])  # the corner at the top right
    assert not labels.any()
    assert points.shape == (10_000, 2)
    assert points.dtype == np.float32
    assert points.min() >= 0.5
    assert points.max() <= 1.0
    assert abs(points.mean() - 0.75) < 0.01


def test_darker_ink_has_more_points() -> None:
    ink = ink_of((0, 84, 0, 42))
    ink[:, 42:] = 85
    assert (points_of(ink[None])[0][:, 0] < 0).mean() == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("ink", [ink_of(), ink_of((0, 3, 0, 3))])
def test_too_little_ink_is_said(ink: np.ndarray) -> None:
    with pytest.raises(DatasetError, match="too little ink"):
        points_of(ink[None])


def test_a_drawing_becomes_data_that_a_gan_takes(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    key = keep_points(settings, "ann", "A bar", ink_of((10, 20, 5, 80)))
    dataset, data = find_dataset(settings, key), open_prepared(settings, key)
    assert (dataset.title, dataset.problem, dataset.owner) == ("A bar", "", "ann")
    assert dataset.spec == data.spec
    assert not data.spec.is_image
    assert "8,000 training points" in dataset.split
    drawn, _ = points_of(ink_of((10, 20, 5, 80))[None])
    np.testing.assert_array_equal(np.concatenate([data.x_train, data.x_test]), drawn)
    assert takers(data.spec) == {"gan"}


def test_points_in_several_colours_are_told_apart_by_class(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    inks = np.stack([ink_of((0, 84, 0, 28)), ink_of((0, 84, 28, 56)), ink_of((0, 84, 56, 84))])
    key = keep_points(settings, "ann", "Three bars", inks)
    dataset, data = find_dataset(settings, key), open_prepared(settings, key)
    assert (dataset.problem, dataset.spec) == ("", data.spec)
    assert data.spec == spec_of(3)
    assert data.spec.classes == ("blue", "orange", "green")
    assert "mlp" in takers(data.spec)
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        np.testing.assert_array_equal(y, np.minimum((np.array(x)[:, 0] + 1) // (2 / 3), 2))
        assert np.ptp(np.bincount(y)) <= 1  # as many of each class


def test_a_colour_with_a_dot_only_is_said() -> None:
    with pytest.raises(DatasetError, match="too little ink in orange"):
        points_of(np.stack([ink_of((0, 84, 0, 28)), ink_of((0, 3, 0, 3))]))


def takers(spec: DataSpec) -> set[str]:
    """Return the families whose networks learn from such data."""
    return {family.id for family in FAMILIES.values() if family.takes(spec)}


def test_nothing_is_left_of_a_drawing_that_cannot_be_kept(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "home", tmp_path / "data")
    with pytest.raises(DatasetError):
        keep_points(settings, "ann", "A dot", ink_of((0, 2, 0, 2)))
    with pytest.raises(DatasetError, match="needs a name"):
        keep_points(settings, "ann", "  ", ink_of((0, 84, 0, 9)))
    assert not list((tmp_path / "home").glob("**/card.json"))
