import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from core.analysis.classification import Mistake, confident_mistakes, confusion_matrix, wilson_interval


@given(st.integers(1, 20_000), st.floats(0, 1))
def test_the_interval_is_wilsons_as_scipy_has_it(total: int, share: float) -> None:
    right = round(total * share)
    expected = binomtest(right, total).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson_interval(right, total) == pytest.approx((expected.low, expected.high), abs=1e-7)


def test_of_nothing_the_interval_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "total"), [(0, 5), (5, 5), (1, 1), (0, 1), (997, 1000)])
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(right: int, total: int) -> None:
    low, high = wilson_interval(right, total)
    assert 0 <= low <= right / total <= high <= 1


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_the_confusion_matrix_is_that_of_scikit_learn(classes: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    probabilities = rng.dirichlet(np.ones(classes), count).astype(np.float32)
    expected = metrics.confusion_matrix(truth, probabilities.argmax(1), labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(truth, probabilities), expected)


def test_rows_of_the_confusion_matrix_are_the_truth() -> None:
    answers = np.array([[0.1, 0.9], [0.2, 0.8], [0.7, 0.3]], np.float32)
    np.testing.assert_array_equal(confusion_matrix(np.array([0, 0, 0]), answers), [[1, 2], [0, 0]])


PROBABILITIES = np.array([[0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1], [0.2, 0.8]], np.float32)
TRUTH = np.array([1, 0, 1, 1, 0])
IDS = np.array([10, 11, 12, 13, 14])


def test_mistakes_come_with_the_most_confident_first() -> None:
    found = confident_mistakes(IDS, TRUTH, PROBABILITIES, most=9)
    assert [(m.index, m.said, m.truth) for m in found] == [(11, 1, 0), (13, 0, 1), (14, 1, 0), (10, 0, 1)]
    assert [m.confidence for m in found] == pytest.approx([0.9, 0.9, 0.8, 0.6])


def test_at_most_so_many_mistakes_are_given_and_they_are_the_worst() -> None:
    assert [m.index for m in confident_mistakes(IDS, TRUTH, PROBABILITIES, most=2)] == [11, 13]
    assert confident_mistakes(IDS, TRUTH, PROBABILITIES, most=0) == []


def test_without_mistakes_there_are_none() -> None:
    assert confident_mistakes(IDS, PROBABILITIES.argmax(1), PROBABILITIES, most=9) == []


def test_a_mistake_holds_plain_numbers_that_json_can_write() -> None:
    [worst] = confident_mistakes(IDS, TRUTH, PROBABILITIES, most=1)
    assert Mistake(**json.loads(json.dumps(vars(worst)))) == worst
