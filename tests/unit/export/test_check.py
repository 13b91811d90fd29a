from dataclasses import replace

import numpy as np
import pytest

from core.datasets.features import PLANE
from core.datasets.targets import Nothing, Number
from core.export.check import answers_of, compare, measure_of
from tests.support import tiny

PRICE = replace(tiny.SPEC, target=Number("price"))
SIZE = 1000


def one_hot(labels: np.ndarray) -> np.ndarray:
    return np.eye(3, dtype=np.float32)[labels]


def test_what_is_compared_follows_from_the_target() -> None:
    assert measure_of(tiny.SPEC, makes_examples=False) == "accuracy"
    assert measure_of(PRICE, makes_examples=False) == "rmse"
    assert measure_of(tiny.SPEC, makes_examples=True) == "difference"
    assert measure_of(replace(tiny.SPEC, target=Nothing()), makes_examples=False) == "difference"


@pytest.mark.parametrize(("wrong", "refused"), [(5, False), (6, True)])
def test_half_a_point_of_accuracy_is_allowed(wrong: int, refused: bool) -> None:
    truth = np.arange(SIZE) % 3
    said = (truth + (np.arange(SIZE) < wrong)) % 3
    old, new, why = compare("accuracy", tiny.SPEC, truth, one_hot(truth), one_hot(said))
    assert (old, new, bool(why)) == (1.0, 1 - wrong / SIZE, refused)


@pytest.mark.parametrize(("factor", "refused"), [(1.01, False), (0.985, True)])
def test_one_percent_of_rmse_is_allowed(factor: float, refused: bool) -> None:
    truth = np.zeros(SIZE, np.float32)
    before = np.linspace(-1, 1, SIZE)[:, None]
    old, new, why = compare("rmse", PRICE, truth, before, before * factor)
    assert (new / old, bool(why)) == (pytest.approx(factor), refused)


@pytest.mark.parametrize(("apart", "refused"), [(2.5, False), (2.6, True)])
def test_pictures_may_differ_by_one_percent_of_grey(apart: float, refused: bool) -> None:
    before = np.full((4, 8, 8, 1), 100.0, np.float32)
    _, new, why = compare("difference", tiny.SPEC, np.empty(0), before, before + apart)
    assert (new, bool(why)) == (pytest.approx(apart), refused)


def test_points_are_compared_by_their_extent() -> None:
    before = np.array([[0.0, 0.0], [4.0, 4.0]])
    _, _, why = compare("difference", replace(tiny.SPEC, features=PLANE), np.empty(0), before, before + 0.05)
    assert "differs from the original by 1.2 % of the range of what it makes" in why


def test_answers_that_are_no_numbers_are_refused() -> None:
    truth = np.zeros(2, int)
    assert "not numbers" in compare("accuracy", tiny.SPEC, truth, one_hot(truth), np.full((2, 3), np.nan))[2]


def test_examples_are_asked_in_batches_and_the_last_may_be_smaller() -> None:
    asked: list[int] = []

    def answer(x: np.ndarray) -> np.ndarray:
        asked.append(len(x))
        return 2 * x

    np.testing.assert_array_equal(answers_of(answer, np.arange(7), 3), 2 * np.arange(7))
    assert asked == [3, 3, 1]
