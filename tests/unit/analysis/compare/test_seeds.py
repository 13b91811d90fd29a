"""Two settings over seeds, against SciPy."""

import pytest
from scipy import stats

from core.analysis.compare.seeds import seeds_apart


def test_settings_are_compared_by_the_spread_of_their_seeds() -> None:
    first, second = [0.97, 0.98, 0.975], [0.95, 0.955, 0.945, 0.95]
    found = seeds_apart(first, second)
    assert found is not None
    assert found.difference == pytest.approx(0.95 - 0.975)
    assert found.p == pytest.approx(stats.ttest_ind(first, second, equal_var=False).pvalue)
    assert found.interval.low < found.difference < found.interval.high < 0
    assert not found.is_luck


def test_a_difference_smaller_than_the_spread_is_luck_and_more_seeds_would_tell() -> None:
    found = seeds_apart([0.95, 0.97, 0.99], [0.955, 0.975, 0.993])
    assert found is not None
    assert found.is_luck
    assert found.needed is not None
    assert found.needed > 3


def test_one_seed_tells_nothing_and_equal_results_are_no_difference() -> None:
    assert seeds_apart([0.9], [0.8, 0.9]) is None
    same = seeds_apart([0.9, 0.9], [0.9, 0.9])
    assert same is not None
    assert same.is_luck
    assert same.needed is None
