import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.cnn import CnnConfig
from core.schedule.rates import learning_rates

SCHEDULES = CnnConfig.field("schedule").options
schedules = st.sampled_from(SCHEDULES)
warmups = st.one_of(st.just(0.0), st.floats(0.01, 0.9))
lengths = st.integers(1, 400)


def close(rates: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-9)


@given(schedules, st.floats(1e-5, 10), st.integers(0, 400), warmups)
def test_there_is_one_float32_rate_a_step_between_zero_and_the_peak(
    schedule: str, rate: float, steps: int, warmup: float
) -> None:
    rates = learning_rates(schedule, rate, steps, warmup)
    assert rates.dtype == np.float32
    assert rates.shape == (steps,)
    assert np.all(rates >= 0)
    assert np.all(rates <= np.float32(rate))


@given(schedules, lengths, warmups)
def test_the_highest_rate_is_the_one_that_was_asked_for(schedule: str, steps: int, warmup: float) -> None:
    assert learning_rates(schedule, 0.5, steps, warmup).max() == np.float32(0.5)


def test_constant_is_constant() -> None:
    close(learning_rates("constant", 0.3, 7, 0.0), np.full(7, 0.3))


def test_cosine_falls_along_half_a_cosine() -> None:
    close(learning_rates("cosine", 2.0, 50, 0.0), 1 + np.cos(np.pi * np.arange(50) / 50))


def test_exponential_falls_by_the_same_factor_each_step_to_a_hundredth() -> None:
    rates = learning_rates("exponential", 1.0, 100, 0.0)
    close(rates[1:] / rates[:-1], np.full(99, 0.01 ** (1 / 100)))
    assert rates[0] == 1


def test_step_divides_by_ten_at_half_and_at_three_quarters() -> None:
    close(learning_rates("step", 0.8, 8, 0.0), 0.8 * np.array([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]))


def test_one_cycle_climbs_from_a_25th_to_its_peak_and_falls_to_almost_nothing() -> None:
    steps, peak = 1000, 0.4
    rates = learning_rates("one_cycle", peak, steps, 0.25)
    assert rates[249] == rates.max() == np.float32(peak)
    assert rates[0] == pytest.approx(peak / 25, rel=1e-3)
    assert rates[-1] == pytest.approx(peak * 1e-4, rel=0.2)
    assert np.all(np.diff(rates[:250]) > 0)
    assert np.all(np.diff(rates[250:]) < 0)


def test_one_cycle_without_a_warm_up_of_its_own_takes_three_tenths() -> None:
    close(learning_rates("one_cycle", 1.0, 100, 0.0), learning_rates("one_cycle", 1.0, 100, 0.3))


@pytest.mark.parametrize("schedule", [name for name in SCHEDULES if name != "one_cycle"])
def test_warm_up_rises_from_near_zero_and_then_the_schedule_runs_its_whole_length(schedule: str) -> None:
    rates = learning_rates(schedule, 1.0, 80, 0.25)
    climb = (1 - np.cos(np.pi * np.arange(1, 21) / 20)) / 2
    close(rates[:20], climb)
    close(rates[20:], learning_rates(schedule, 1.0, 60, 0.0))


@given(schedules, lengths, warmups)
def test_the_rate_rises_for_the_share_of_the_warm_up_and_never_again(schedule: str, steps: int, warmup: float) -> None:
    rates = learning_rates(schedule, 1.0, steps, warmup)
    peak = int(rates.argmax())
    assert np.all(np.diff(rates[: peak + 1]) > 0)
    assert np.all(np.diff(rates[peak:]) <= 0)
    share = warmup or (0.3 if schedule == "one_cycle" else 0.0)
    assert abs(peak + 1 - max(share * steps, 1)) <= 0.5


@given(schedules, st.floats(1e-3, 1), lengths, warmups)
def test_the_curve_scales_with_the_rate(schedule: str, rate: float, steps: int, warmup: float) -> None:
    close(learning_rates(schedule, rate, steps, warmup), rate * learning_rates(schedule, 1.0, steps, warmup))
