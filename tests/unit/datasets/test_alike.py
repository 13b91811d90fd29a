import numpy as np

from core.datasets.alike import count_views, say_alike
from tests.unit.datasets.test_splitting import scenes


def test_photos_of_a_burst_show_one_view_and_other_photos_one_each() -> None:
    others = scenes(12, 64, seed=5)
    small = others.reshape(12, 16, 4, 16, 4, 3).mean(axis=(2, 4)).reshape(12, -1)
    assert np.corrcoef(small)[np.triu_indices(12, 1)].max() < 0.95  # the oracle: numpy's own correlation
    assert count_views(others) == 12
    burst = np.concatenate([scenes(1, 64, move=move) for move in (0.0, 0.01, 0.02)])
    assert count_views(np.concatenate([burst, others])) == 13


def test_a_covered_camera_shows_one_view_whatever_its_noise() -> None:
    dark = np.random.default_rng(0).integers(0, 6, (8, 32, 32, 3), dtype=np.uint8)
    assert count_views(dark) == count_views(np.zeros((8, 32, 32, 3), np.uint8)) == 1


def test_too_alike_and_too_few_photos_are_said_with_what_helps_and_enough_different_ones_are_not() -> None:
    same = np.concatenate([np.repeat(scenes(1, 64), 8, axis=0), scenes(2, 64, seed=9)])
    images = np.concatenate([same, scenes(6, 64, seed=2), scenes(12, 64, seed=5)])
    labels = np.repeat([0, 1, 2], [10, 6, 12])
    assert say_alike(images, labels, ("rubber", "pencil", "ruler")) == [
        "7 of 10 pictures of rubber look the same as another one: turn it, move it, change the light.",
        "There are only 6 pictures of pencil; 30 of each class work well. Add more, each different.",
    ]
