import numpy as np
import pytest

from core.analysis.gan.copies import judge_copy
from core.errors import AnalysisError

USUAL = np.arange(1.0, 201.0)  # of 200 unseen images one is 1 away, one 2, ...


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (0.0, "It is a training image"),
        (1.0, "it looks memorised"),
        (2.0, "look closely"),
        (9.9, "look closely"),
        (10.0, "It is not a copy:** new real images"),
        (190.0, "It is not a copy:** new real images"),
        (191.0, "further from all training images"),
        (900.0, "further from all training images"),
    ],
)
def test_the_verdict_follows_from_how_many_unseen_images_are_as_near(distance: float, words: str) -> None:
    assert words in judge_copy(distance, USUAL)


def test_the_numbers_are_those_of_the_unseen_images() -> None:
    said = judge_copy(61.3, np.random.default_rng(0).permutation(USUAL))
    assert "**61 grey levels** per pixel away" in said
    low, middle, high = np.percentile(USUAL, [5, 50, 95])
    assert f"median is {middle:.0f}, and nine in ten lie between {low:.0f} and {high:.0f}." in said


@pytest.mark.parametrize(("distance", "usual"), [(1.0, []), (np.nan, [1.0]), (1.0, [np.inf])])
def test_nothing_to_compare_with_is_an_error(distance: float, usual: list[float]) -> None:
    with pytest.raises(AnalysisError, match="no distance to compare"):
        judge_copy(distance, np.array(usual))
