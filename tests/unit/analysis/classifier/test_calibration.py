import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from core.analysis.classifier.calibration import calibration


@given(st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_the_bins_are_those_of_scikit_learn_and_the_error_is_their_weighted_distance(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = np.round(rng.random(count), 2)  # so that some lie on an edge
    is_right = rng.random(count) < confidence
    found = calibration(confidence, is_right)
    right, sure = calibration_curve(is_right, confidence, n_bins=10, strategy="uniform")
    np.testing.assert_allclose(found.right, right)
    np.testing.assert_allclose(found.confidence, sure)
    assert found.counts.sum() == count
    assert found.error == pytest.approx(np.average(np.abs(right - sure), weights=found.counts))


def test_who_is_as_often_right_as_sure_has_no_error() -> None:
    found = calibration(np.full(10, 0.8), np.arange(10) < 8)
    assert found.error == pytest.approx(0)


def test_who_is_sure_and_always_wrong_has_the_greatest_error() -> None:
    assert calibration(np.ones(5), np.zeros(5, bool)).error == 1


def test_the_fullest_bin_holds_the_most_answers() -> None:
    found = calibration(np.array([0.35, 0.95, 0.97, 0.55]), np.array([True, True, False, True]))
    assert found.counts[found.fullest] == 2
    assert found.confidence[found.fullest] == pytest.approx(0.96)
