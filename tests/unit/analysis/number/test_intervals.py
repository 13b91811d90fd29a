import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.analysis.number.errors import error_numbers
from core.analysis.number.intervals import MOST_UNITS, RESAMPLES, Interval, error_intervals

ORACLES = {
    "r2": r2_score,
    "rmse": root_mean_squared_error,
    "mae": mean_absolute_error,
    "bias": lambda truth, said: float(np.mean(truth - said)),
}


def answers(count: int, *, seed: int = 0, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.gamma(2.0, 30.0, count)
    return truth.astype(np.float32), (truth + shift + rng.normal(0, 5 + truth / 5)).astype(np.float32)


def by_hand(truth: np.ndarray, said: np.ndarray) -> dict[str, tuple[float, float]]:
    """Draw examples one resample at a time, by another seed."""
    rng = np.random.default_rng(99)
    draws = [rng.choice(len(truth), len(truth)) for _ in range(RESAMPLES)]
    return {
        name: tuple(np.quantile([oracle(truth[rows], said[rows]) for rows in draws], [0.025, 0.975]))
        for name, oracle in ORACLES.items()
    }


@pytest.mark.parametrize("count", [40, 300])
def test_the_intervals_are_those_of_a_bootstrap_by_hand(count: int) -> None:
    truth, said = answers(count)
    found = error_intervals(truth, said)
    for name, (low, high) in by_hand(truth, said).items():
        interval: Interval = getattr(found, name)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.15 * float(high - low))


def test_many_examples_in_groups_have_the_intervals_that_scipy_finds_example_by_example() -> None:
    count = 3 * MOST_UNITS + 17
    truth, said = answers(count)
    order = np.argsort(truth)  # examples that lie together are alike, as in many files
    found = error_intervals(truth[order], said[order])
    for name in ("mae", "bias"):
        errors = truth - said if name == "bias" else np.abs(truth - said)
        expected = bootstrap((errors,), np.mean, n_resamples=500, method="percentile", rng=1, batch=50)
        low, high = expected.confidence_interval
        interval: Interval = getattr(found, name)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.15 * float(high - low))


def test_the_intervals_hold_the_numbers_and_are_the_same_each_time() -> None:
    truth, said = answers(500, shift=20)
    found, numbers = error_intervals(truth, said), error_numbers(truth, said)
    assert all(value in getattr(found, name) for name, value in numbers.items())
    assert found.bias.high < 0
    assert found == error_intervals(truth, said)


def test_about_95_of_100_intervals_hold_the_true_bias() -> None:
    held = [0.0 in error_intervals(*answers(60, seed=seed)).bias for seed in range(100)]
    assert 88 <= sum(held) <= 99


def test_a_number_that_never_varies_leaves_nothing_to_explain() -> None:
    same = np.full(7, 0.1, np.float32)
    assert error_intervals(same, same).r2 == Interval(1.0, 1.0)
    assert error_intervals(same, same + np.float32(1)).r2 == Interval(0.0, 0.0)


def test_a_single_example_has_intervals_without_width() -> None:
    found = error_intervals(np.array([3.0], np.float32), np.array([1.0], np.float32))
    assert (found.rmse, found.bias, found.r2) == (Interval(2.0, 2.0), Interval(2.0, 2.0), Interval(0.0, 0.0))


def test_far_from_zero_nothing_is_lost() -> None:
    truth, said = answers(200)
    near, far = error_intervals(truth, said), error_intervals(truth.astype(float) + 1e9, said.astype(float) + 1e9)
    assert (far.r2.low, far.r2.high) == pytest.approx((near.r2.low, near.r2.high), abs=1e-6)
