import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from core.analysis.data import outliers as module
from core.analysis.data.outliers import brightness_outliers, empty_images, robust_scores, size_outliers


def two_classes() -> tuple[np.ndarray, np.ndarray]:
    """200 values: of class 0 about 60, of class 1 about 180, with a spread of 8."""
    labels = np.arange(200) % 2
    return 60 + 120 * labels + np.random.default_rng(0).normal(0, 8, 200).clip(-20, 20), labels


def test_scores_are_scipys_median_and_mad_within_the_class() -> None:
    values, labels = two_classes()
    scores = robust_scores(values, labels, 0.0)
    for label in (0, 1):
        own = values[labels == label]
        expected = (own - np.median(own)) / median_abs_deviation(own, scale="normal")
        np.testing.assert_allclose(scores[labels == label], expected, rtol=1e-4)


def test_a_class_that_is_all_alike_or_tiny_has_no_outliers() -> None:
    alike = np.array([50.0] * 30 + [51.0])
    assert np.abs(robust_scores(alike, np.zeros(31, np.int64), 2.0)).max() == 0.5
    assert not robust_scores(np.array([0.0, 0, 0, 255]), np.zeros(4, np.int64), 2.0).any()


def test_bright_and_dark_images_are_found_worst_first_even_if_another_class_is_that_bright() -> None:
    values, labels = two_classes()
    values[10], values[21], values[150] = 180, 20, 250  # a bright 0, a dark 1, and a very bright 0 in test
    found = brightness_outliers(values, labels, train_size=100)
    assert [(o.part, o.row, o.label, o.value) for o in found.shown] == [
        ("test", 50, 0, 250),
        ("train", 21, 1, 20),
        ("train", 10, 0, 180),
    ]
    assert [o.score > 0 for o in found.shown] == [True, False, True]
    assert found.count == 3


@pytest.mark.parametrize(("score", "count"), [(4.7, 0), (5.3, 1), (-4.7, 0), (-5.3, 1)])
def test_five_robust_deviations_are_the_limit(score: float, count: int) -> None:
    brightness = np.append(np.linspace(90, 110, 1001), 0)
    brightness[-1] = 100 + score * median_abs_deviation(brightness, scale="normal")
    assert brightness_outliers(brightness, np.zeros(1002, np.int64), 1002).count == count


def test_a_few_grey_levels_are_no_fault_however_alike_a_class_is() -> None:
    brightness = np.full(50, 90.0)
    brightness[:2] = 98, 110
    assert [found.row for found in brightness_outliers(brightness, np.zeros(50, np.int64), 50).shown] == [1]


def test_images_of_one_colour_are_empty_and_so_are_those_with_far_less_contrast_than_their_class() -> None:
    values, labels = two_classes()
    contrast = values / 3  # about 20 and 60
    contrast[[4, 5, 7]] = 0.0, 2.5, 10.0
    found = empty_images(contrast, labels, train_size=100)
    assert [(o.row, o.value) for o in found.shown] == [(4, 0.0), (5, 2.5), (7, 10.0)]


def test_a_class_of_little_contrast_is_not_empty() -> None:
    contrast = np.full(50, 5.0)
    assert empty_images(contrast, np.zeros(50, np.int64), 50).count == 0


def test_originals_of_unusual_area_or_shape_are_found() -> None:
    sizes = np.full((40, 2), (480, 640))
    sizes[3], sizes[5], sizes[8] = (48, 64), (640, 480), (500, 660)  # tiny; upright; nearly the usual size
    found = size_outliers(sizes, np.zeros(40, np.int64), "test")
    assert [(o.part, o.row, o.size, o.value) for o in found.shown] == [
        ("test", 3, (48, 64), 48 * 64),
        ("test", 5, (640, 480), 640 * 480),
    ]
    assert size_outliers(sizes, np.zeros(40, np.int64), "train").shown[0].part == "train"


def test_sizes_differ_from_class_to_class_without_harm() -> None:
    labels = np.arange(40) % 2
    assert size_outliers(100 + 900 * np.stack([labels, labels], 1), labels, "train").count == 0


def test_the_count_is_true_when_the_list_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHOWN", 2)
    found = empty_images(np.array([0.0] * 9 + [80.0] * 91), np.zeros(100, np.int64), 100)
    assert found.count == 9
    assert len(found.shown) == 2
