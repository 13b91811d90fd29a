import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from core.analysis.vectors import checked_rows, squared_distances
from core.errors import AnalysisError


@given(st.integers(0, 2**32 - 1), st.integers(1, 600), st.integers(1, 30), st.integers(1, 20))
def test_distances_are_those_of_scipy_however_the_rows_are_cut(seed: int, n: int, m: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    asked, base = rng.normal(size=(n, d)), rng.normal(5, 2, (m, d))
    found = np.full((n, m), np.nan)
    for rows, apart in squared_distances(asked, base):
        found[rows] = apart
    np.testing.assert_allclose(found, cdist(asked, base, "sqeuclidean"), rtol=1e-9, atol=1e-9)


def test_equal_rows_are_exactly_0_apart_and_no_others_are() -> None:
    rows = np.random.default_rng(0).normal(1000, 1, (100, 64)).astype(np.float32).astype(float)
    ((_, apart),) = squared_distances(rows, rows)
    np.testing.assert_array_equal(apart == 0, np.eye(100, dtype=bool))


def test_rows_come_back_as_float64() -> None:
    found = checked_rows("vectors", np.ones((3, 2), np.uint8))
    assert found.dtype == np.float64
    assert found.shape == (3, 2)


def test_what_is_wrong_is_said_with_what_was_expected_and_received() -> None:
    with pytest.raises(
        AnalysisError, match=r"^the points have the wrong shape, expected \(n, 2\), received \(4, 3\)\.$"
    ):
        checked_rows("points", np.zeros((4, 3)), columns=2)
    with pytest.raises(AnalysisError, match=r"^there are too few points, expected at least 1,000, received 4\.$"):
        checked_rows("points", np.zeros((4, 3)), 1000)
    with pytest.raises(AnalysisError, match=r"^the points are not all finite numbers\.$"):
        checked_rows("points", np.array([[1 + 2j]]))
