import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from core.analysis.classifier.two_classes import Counts, counts_at, precision_recall_curve, roc_curve


def some(count: int, seed: int, levels: int = 1000) -> tuple[np.ndarray, np.ndarray]:
    """Return both kinds and scores that tell them a little; few levels make ties."""
    rng = np.random.default_rng(seed)
    is_positive = rng.random(count) < 0.4
    is_positive[:2] = [True, False]
    scores = np.clip(rng.normal(0.4 + 0.2 * is_positive, 0.2), 0, 1)
    return is_positive, np.round(scores * levels).astype(np.float32) / levels


SAMPLES = given(st.integers(2, 80), st.integers(0, 2**32 - 1), st.sampled_from([3, 10, 1000]))


@SAMPLES
def test_the_roc_curve_and_its_area_are_those_of_scikit_learn(count: int, seed: int, levels: int) -> None:
    is_positive, scores = some(count, seed, levels)
    found = roc_curve(is_positive, scores)
    alarms, hits, _ = metrics.roc_curve(is_positive, scores, drop_intermediate=False)
    np.testing.assert_allclose(found.x, alarms)
    np.testing.assert_allclose(found.y, hits)
    assert found.area == pytest.approx(metrics.roc_auc_score(is_positive, scores))


@SAMPLES
def test_precision_recall_and_average_precision_are_those_of_scikit_learn(count: int, seed: int, levels: int) -> None:
    is_positive, scores = some(count, seed, levels)
    found = precision_recall_curve(is_positive, scores)
    precision, recall, _ = metrics.precision_recall_curve(is_positive, scores)
    np.testing.assert_allclose(found.x, recall[:-1][::-1])  # without their last point, which no threshold has
    np.testing.assert_allclose(found.y, precision[:-1][::-1])
    assert found.area == pytest.approx(metrics.average_precision_score(is_positive, scores))


@given(st.integers(2, 80), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]))
def test_the_counts_at_a_threshold_are_those_of_scikit_learn(count: int, seed: int, threshold: float) -> None:
    is_positive, scores = some(count, seed, levels=10)
    found = counts_at(is_positive, scores, threshold)
    called = scores >= threshold
    (cleared, alarms), (missed, hits) = metrics.confusion_matrix(is_positive, called, labels=[False, True])
    assert found == Counts(hits, missed, alarms, cleared)
    assert found.sensitivity == pytest.approx(metrics.recall_score(is_positive, called))
    assert found.specificity == pytest.approx(metrics.recall_score(~is_positive, ~called))


def test_a_threshold_above_all_finds_nothing_and_has_no_precision() -> None:
    found = counts_at(np.array([True, False]), np.array([0.9, 0.2]), 0.95)
    assert (found.sensitivity, found.specificity) == (0.0, 1.0)
    assert math.isnan(found.precision)


def test_each_threshold_lies_on_both_curves() -> None:
    is_positive, scores = some(200, 1)
    roc, precise = roc_curve(is_positive, scores), precision_recall_curve(is_positive, scores)
    for threshold in scores[:20]:
        at = counts_at(is_positive, scores, threshold)
        assert np.isclose([roc.x, roc.y], [[1 - at.specificity], [at.sensitivity]]).all(0).any()
        assert np.isclose([precise.x, precise.y], [[at.sensitivity], [at.precision]]).all(0).any()
