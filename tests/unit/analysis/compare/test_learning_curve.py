import numpy as np
import pytest
from scipy.optimize import curve_fit

from core.analysis.compare.learning_curve import fit_power_law
from core.errors import AnalysisError

SIZES = np.array([100, 1000, 4000, 16_000, 60_000])


def true(examples: np.ndarray) -> np.ndarray:
    return 0.02 + 0.3 * (examples / 100) ** -0.5


def test_a_law_without_noise_is_found_again() -> None:
    law = fit_power_law(SIZES, true(SIZES), [1e-5] * 5)
    np.testing.assert_allclose(law.fitted, [0.02, 0.3, 0.5], rtol=1e-2)
    later = np.array([240_000])
    np.testing.assert_allclose(law.error(later), true(later), rtol=1e-2)


def test_the_fit_is_scipys() -> None:
    spread = np.full(5, 0.004)
    measured = np.random.default_rng(3).normal(true(SIZES), spread)
    bounds = (0, [1, 1, 2])
    found, _ = curve_fit(lambda x, c, a, b: c + a * (x / 100) ** -b, SIZES, measured, sigma=spread, bounds=bounds)
    np.testing.assert_allclose(fit_power_law(SIZES, measured, spread).fitted, found, atol=1e-2)


def test_the_interval_holds_the_true_error_about_as_often_as_it_says() -> None:
    later, held = np.array([120_000]), 0
    for seed in range(40):
        spread = np.sqrt(true(SIZES) * (1 - true(SIZES)) / 1000)  # of the share wrong among 1,000 test examples
        measured = np.random.default_rng(seed).normal(true(SIZES), spread)
        low, high = fit_power_law(SIZES, measured, spread, seed).interval(later)
        held += low[0] <= true(later)[0] <= high[0]
    assert held >= 34  # of 40; 95 % are 38


def test_more_data_is_not_promised_to_help_where_it_has_not() -> None:
    law = fit_power_law(SIZES, [0.3, 0.3, 0.3, 0.3, 0.3], [0.001] * 5)
    low, high = law.interval([600_000])
    assert low[0] < 0.3 <= high[0] + 1e-3
    assert law.error([600_000])[0] == pytest.approx(0.3, abs=2e-3)


def test_too_few_sizes_are_refused() -> None:
    with pytest.raises(AnalysisError, match="at least 4 numbers of examples, received 3"):
        fit_power_law([100, 100, 200, 400], [0.3, 0.3, 0.2, 0.1], [0.01] * 4)
