"""Two networks on the same test examples, against SciPy and plain sums."""

import math

import numpy as np
import pytest
from scipy import stats

from core.analysis.compare.paired import Tally, accuracies_apart, errors_apart, examples_needed, tally


def test_only_examples_that_one_gets_right_and_the_other_wrong_count() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(500) < 0.9, rng.random(500) < 0.85
    found = tally(first, second)
    assert found.size == 500
    assert found.difference == pytest.approx(second.mean() - first.mean())
    few, many = sorted((found.first_only, found.second_only))
    tail = sum(math.comb(few + many, k) for k in range(few + 1)) / 2 ** (few + many)
    assert accuracies_apart(found).p == pytest.approx(min(1.0, 2 * tail))


def test_the_interval_is_the_paired_bootstrap_of_scipy() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.random(800) < 0.9, rng.random(800) < 0.8
    pairs = (second.astype(float), first.astype(float))
    oracle = stats.bootstrap(
        pairs, lambda a, b, axis: (a - b).mean(axis), paired=True, method="percentile", n_resamples=4000, rng=2
    ).confidence_interval
    found = accuracies_apart(tally(first, second)).interval
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=0.004)


@pytest.mark.parametrize("tallied", [Tally(10, 0, 0, 0), Tally(5, 3, 3, 2)])
def test_equally_good_networks_are_luck_and_no_number_of_examples_would_tell_them_apart(tallied: Tally) -> None:
    found = accuracies_apart(tallied)
    assert found.is_luck
    assert found.p == 1
    assert found.needed is None


def test_so_many_examples_tell_the_difference_in_four_of_five_draws() -> None:
    shares = Tally(900, 40, 60, 0)
    needed = examples_needed(shares)
    assert needed is not None
    drawn = np.random.default_rng(0).multinomial(needed, [0.04, 0.06, 0.9], 400)
    told = [stats.binomtest(a, a + b, 0.5).pvalue < 0.05 for a, b, _ in drawn.tolist()]
    assert np.mean(told) == pytest.approx(0.8, abs=0.06)


def test_errors_of_numbers_are_compared_example_by_example() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=400)
    first = truth + rng.normal(scale=1.0, size=400)
    second = truth + 0.8 * (first - truth) + rng.normal(scale=0.1, size=400)
    found = errors_apart(truth, first, second)
    squares = [(truth - said) ** 2 for said in (first, second)]
    assert found.difference == pytest.approx(np.sqrt(squares[1].mean()) - np.sqrt(squares[0].mean()))
    oracle = stats.bootstrap(
        (squares[1], squares[0]),
        lambda a, b, axis: np.sqrt(a.mean(axis)) - np.sqrt(b.mean(axis)),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=2,
    ).confidence_interval
    assert (found.interval.low, found.interval.high) == pytest.approx((oracle.low, oracle.high), abs=0.02)
    assert found.p == pytest.approx(stats.ttest_rel(squares[1], squares[0]).pvalue)
    assert not found.is_luck
    assert errors_apart(truth, first, first).is_luck
