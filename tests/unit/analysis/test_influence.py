import numpy as np
import pytest

from core.analysis.influence import influence, moments, weigh


def test_moments_are_evenly_spread_up_to_the_one_that_is_looked_at() -> None:
    assert moments([0, 1, 2, 5, 10], 5) == [1, 2, 5]
    assert moments([0, 1], 0) == []
    many = [0, *range(1, 101)]
    assert moments(many, 80)[-1] == 80
    assert len(moments(many, 80)) == 8
    assert np.ptp(np.diff(moments(many, 80))) == 0


def test_each_moment_stands_for_the_updates_since_the_one_before() -> None:
    rates = np.array([1, 2, 3, 4, 5.0])
    assert weigh([2, 5], rates).tolist() == [3, 12]
    assert weigh([2, 9], rates).tolist() == [3, 12]  # a resumed run may have been longer


def test_influence_adds_up_what_gradient_descent_changes_a_loss_by() -> None:
    """Of a linear model, trained by gradient descent on all examples, whose every update is a moment."""
    rng = np.random.default_rng(0)
    x, w, rate, updates = rng.normal(size=(6, 3)), np.zeros(3), 1e-3, 50
    y, asked, truth = x @ [1.0, -2, 0.5], rng.normal(size=3), 0.7
    products, before = [], (asked @ w - truth) ** 2 / 2
    for _ in range(updates):
        slopes = (x @ w - y)[:, None] * x
        products.append(slopes @ ((asked @ w - truth) * asked))
        w = w - rate * slopes.mean(0)
    found = influence(np.array(products), weigh(range(1, updates + 1), np.full(updates, rate)), len(x))
    assert found.sum() == pytest.approx(before - (asked @ w - truth) ** 2 / 2, rel=0.02)
