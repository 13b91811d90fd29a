import numpy as np
import pytest
from scipy.stats import spearmanr

from core.analysis.number.residuals import LargeError, Trend, error_growth, largest_errors, spearman


@pytest.mark.parametrize("levels", [3, 10, 10_000])
def test_the_correlation_of_ranks_is_scipys_also_with_ties(levels: int) -> None:
    rng = np.random.default_rng(levels)
    a = rng.integers(levels, size=200)
    b = a + rng.integers(levels, size=200)
    assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic)


def test_a_list_that_never_varies_has_no_correlation() -> None:
    assert spearman(np.ones(5), np.arange(5)) is None
    assert error_growth(np.arange(5.0), np.ones(5)).trend is Trend.NONE


@pytest.mark.parametrize(("width", "trend"), [(0.0, Trend.NONE), (1.0, Trend.GROWS), (-1.0, Trend.SHRINKS)])
def test_errors_that_go_with_what_is_said_are_found(width: float, trend: Trend) -> None:
    rng = np.random.default_rng(0)
    said = rng.uniform(1, 9, 400)
    truth = said + rng.normal(0, 1, 400) * (5 + width * (said - 5))
    found = error_growth(truth, said)
    assert found.correlation == pytest.approx(spearmanr(np.abs(truth - said), said).statistic)
    assert found.trend is trend


def test_what_may_be_chance_is_no_trend() -> None:
    truth, said = np.array([1.0, 2.5, 3.1, 4.6]), np.array([1.0, 2.0, 3.0, 4.0])
    found = error_growth(truth, said)
    assert found.correlation is not None
    assert found.correlation > 0.5
    assert found.trend is Trend.NONE


def test_the_largest_errors_come_first_with_their_rows() -> None:
    ids, truth, said = np.array([4, 5, 6, 7]), np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, -8.0, 3.0, 14.0])
    found = largest_errors(ids, truth, said, 3)
    assert found == [LargeError(5, 2.0, -8.0), LargeError(7, 4.0, 14.0), LargeError(4, 1.0, 1.5)]
    assert [error.residual for error in found] == [10.0, -10.0, -0.5]
