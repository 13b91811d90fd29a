import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from core.analysis.gan.point_clouds import SMOOTHING, Modes, cloud_coverage, grid_divergences, modes_covered
from core.errors import AnalysisError

BOUNDS = ((-2.0, 2.0), (-1.0, 3.0))
CLOUDS = given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 300), st.integers(1, 12))


def clouds(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2)).astype(np.float32), rng.normal(0.5, 2, (m, 2)).astype(np.float32)


def density_by_numpy(points: np.ndarray, bins: int) -> np.ndarray:
    (left, right), (bottom, top) = BOUNDS
    inside = np.clip(points.astype(float), [left, bottom], [right, top])
    counts = np.histogram2d(*inside.T, bins=bins, range=BOUNDS)[0]
    return (counts / len(points) + SMOOTHING).ravel()


@CLOUDS
def test_divergences_are_those_of_scipy_on_numpys_histogram(seed: int, n: int, m: int, bins: int) -> None:
    real, fake = clouds(seed, n, m)
    p, q = density_by_numpy(real, bins), density_by_numpy(fake, bins)
    found = grid_divergences(real, fake, bins, BOUNDS)
    assert found.kl == pytest.approx(entropy(p, q), abs=1e-12)  # both make shares of what they are given
    assert found.js == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-12)


@CLOUDS
def test_equal_clouds_are_0_apart_order_does_not_matter_and_js_has_no_sides(
    seed: int, n: int, m: int, bins: int
) -> None:
    real, fake = clouds(seed, n, m)
    mixed = np.random.default_rng(seed).permutation(real)
    assert grid_divergences(real, mixed, bins) == grid_divergences(mixed, real, bins)
    assert grid_divergences(real, mixed, bins).kl == grid_divergences(real, mixed, bins).js == 0
    there, back = grid_divergences(real, fake, bins, BOUNDS), grid_divergences(fake, real, bins, BOUNDS)
    assert there.js == pytest.approx(back.js, abs=1e-12)
    assert 0 <= there.js <= math.log(2)


def test_clouds_without_a_common_cell_are_nearly_ln_2_apart() -> None:
    corner = np.full((100, 2), 0.1)
    found = grid_divergences(corner, corner + 0.8, 10, ((0, 1), (0, 1)))
    assert 0.95 * math.log(2) < found.js < math.log(2)
    assert 5 < found.kl < math.log(1 / SMOOTHING)


def test_a_cloud_that_ran_away_is_worse_than_one_that_stayed() -> None:
    real, fake = clouds(0, 1000, 1000)
    assert grid_divergences(real, fake + 1000).js > 10 * grid_divergences(real, clouds(1, 1000, 1)[0]).js


def test_a_single_real_point_makes_a_grid_too() -> None:
    assert grid_divergences(np.ones((1, 2)), np.ones((5, 2))).js == 0


def ring(modes: int = 8) -> np.ndarray:
    angles = 2 * np.pi * np.arange(modes) / modes
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def test_modes_with_points_are_found_and_the_rest_is_not_near() -> None:
    centres, rng = ring(), np.random.default_rng(0)
    points = np.concatenate([np.repeat(centres[:3], 20, 0) + rng.normal(0, 0.02, (60, 2)), np.zeros((40, 2))])
    found = modes_covered(points, centres, 0.1)
    assert found.counts == (20, 20, 20, 0, 0, 0, 0, 0)
    assert (found.covered, found.near) == (3, 0.6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.integers(1, 10), st.floats(0.01, 3))
def test_modes_are_counted_as_plain_loops_do(seed: int, n: int, modes: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    points, centres = rng.normal(size=(n, 2)), rng.normal(size=(modes, 2))
    counts = [0] * modes
    for point in points:
        apart = [math.dist(point, centre) for centre in centres]
        if min(apart) <= radius:
            counts[apart.index(min(apart))] += 1
    found = modes_covered(points, centres, radius)
    assert found.counts == tuple(counts)
    assert found.near == pytest.approx(sum(counts) / n)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"real": np.zeros((5, 3))}, r"the real points have the wrong shape, expected \(n, 2\), received \(5, 3\)"),
        ({"fake": np.zeros((0, 2))}, "there are too few generated points"),
        ({"fake": np.full((5, 2), np.nan)}, "the generated points are not all finite"),
        ({"bins": 0}, "there is no such grid"),
        ({"bounds": ((0, 1), (2, 2))}, r"each low bound below its high one, received 20 and \(\(0, 1\), \(2, 2\)\)"),
        ({"bounds": ((0, np.inf), (0, 1))}, "there is no such grid"),
    ],
)
def test_clouds_that_cannot_be_compared_are_refused(change: dict[str, Any], sentence: str) -> None:
    arguments: dict[str, Any] = {"real": np.zeros((5, 2)), "fake": np.zeros((5, 2)), **change}
    with pytest.raises(AnalysisError, match=sentence):
        grid_divergences(**arguments)


def test_modes_that_cannot_be_counted_are_refused() -> None:
    with pytest.raises(AnalysisError, match="there is no such radius, expected a number above 0, received 0"):
        modes_covered(np.zeros((5, 2)), ring(), 0)
    with pytest.raises(AnalysisError, match="the points have the wrong shape"):
        modes_covered(np.zeros((5, 3)), ring(), 1)
    with pytest.raises(AnalysisError, match="there are too few centres"):
        modes_covered(np.zeros((5, 2)), ring(0), 1)


def test_a_cloud_with_hardly_any_points_is_not_covered() -> None:
    found = cloud_coverage(Modes((50, 45, 1, 0), 0.96))
    assert (found.covered, found.missing, found.confidence) == (2, (2, 3), 0.96)
    assert found.shares == pytest.approx((50 / 96, 45 / 96, 1 / 96, 0))
    assert found.unevenness == pytest.approx((50 + 45) / 96 - 0.5)
    assert cloud_coverage(Modes((0, 0), 0.0)).covered == 0
