import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from core.analysis.number import baselines
from core.analysis.number.baselines import MOST_INPUTS, baseline_numbers, linear_regression
from core.analysis.number.errors import error_numbers

Data = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def numbers_of(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    truth = truth.astype(float)
    return {
        "r2": pytest.approx(r2_score(truth, said)),
        "rmse": pytest.approx(root_mean_squared_error(truth, said)),
        "mae": pytest.approx(mean_absolute_error(truth, said)),
    }


def table(*, rows: int = 60, dtype: type = np.float32) -> Data:
    """Columns of very different sizes, the last one the same everywhere."""
    rng = np.random.default_rng(0)
    x = rng.normal([2000, 0, 1e-4, 0], [5, 1, 1e-5, 0], (rows + 30, 4))
    x[:, 3] = 0.1
    y = 3 * (x[:, 0] - 2000) - 2 * x[:, 1] + 1e5 * x[:, 2] + rng.normal(size=len(x))
    x, y = x.astype(dtype), y.astype(np.float32)
    return x[:rows], y[:rows], x[rows:], y[rows:]


@pytest.mark.parametrize("chunk", [7, 4096])
def test_both_baselines_are_scikit_learns_on_the_rows_that_are_learned_from(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "_CHUNK", chunk)
    x_train, y_train, x_test, y_test = table()
    learned = np.arange(0, 60, 2)
    line = LinearRegression().fit(x_train[learned].astype(float), y_train[learned])
    assert baseline_numbers(x_train, y_train, x_test, y_test, learned) == {
        "mean": numbers_of(y_test, np.full(len(y_test), y_train[learned].astype(float).mean())),
        "linear": numbers_of(y_test, line.predict(x_test.astype(float))),
    }


def test_images_are_laid_out_as_lists() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (90, 3, 3, 2), dtype=np.uint8)
    y = x[:, 1, 1, 0] / 50 + rng.normal(size=90)
    line = LinearRegression().fit(x[:60].reshape(60, 18).astype(float), y[:60])
    found = baseline_numbers(x[:60], y[:60], x[60:], y[60:], np.arange(60))
    assert found["linear"] == numbers_of(y[60:], line.predict(x[60:].reshape(30, 18).astype(float)))


def test_columns_that_are_sums_of_others_do_no_harm() -> None:
    x_train, y_train, x_test, y_test = table(dtype=np.float64)
    doubled = [np.concatenate([x, x[:, :2], x[:, :1] - x[:, 1:2]], 1) for x in (x_train, x_test)]
    plain = baseline_numbers(x_train, y_train, x_test, y_test, np.arange(60))
    found = baseline_numbers(doubled[0], y_train, doubled[1], y_test, np.arange(60))
    assert found["linear"] == pytest.approx(plain["linear"], rel=1e-5)


def test_a_column_that_was_always_the_same_gets_no_weight() -> None:
    x_train, y_train, _, _ = table()
    weights, _ = linear_regression(x_train, y_train, np.arange(60))
    assert weights[3] == 0
    assert (weights[:3] != 0).all()


def test_a_single_row_gives_its_own_number() -> None:
    x_train, y_train, x_test, y_test = table()
    found = baseline_numbers(x_train, y_train, x_test, y_test, np.array([5]))
    assert found["linear"] == pytest.approx(error_numbers(y_test, np.full(30, y_train[5])))
    assert found["linear"] == pytest.approx(found["mean"])


def test_more_numbers_than_linear_regression_takes_leave_the_mean_alone() -> None:
    x = np.zeros((4, MOST_INPUTS + 1), np.float32)
    y = np.arange(4, dtype=np.float32)
    assert set(baseline_numbers(x, y, x, y, np.arange(4))) == {"mean"}
