import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import sqrtm

from core.analysis.gan.sample_distances import bootstrap_interval, frechet_distance, kernel_distance, precision_recall
from core.errors import AnalysisError

SETS = given(st.integers(0, 2**32 - 1), st.integers(5, 40), st.integers(5, 40), st.integers(1, 8))


def two_sets(seed: int, n: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    real = rng.normal(size=(n, d)) @ rng.normal(size=(d, d))
    return real.astype(np.float32), rng.normal(rng.normal(), rng.uniform(0.1, 2), (m, d)).astype(np.float32)


def frechet_by_square_root(real: np.ndarray, fake: np.ndarray) -> float:
    a, b = (np.atleast_2d(np.cov(part.astype(float), rowvar=False)) for part in (real, fake))
    apart = real.astype(float).mean(0) - fake.astype(float).mean(0)
    return float(apart @ apart + np.trace(a) + np.trace(b) - 2 * np.trace(sqrtm(a @ b)).real)


def kernel_distance_by_loops(real: np.ndarray, fake: np.ndarray) -> float:
    def mean(xs: np.ndarray, ys: np.ndarray, same: bool) -> float:
        values = [
            (float(x.astype(float) @ y.astype(float)) / len(x) + 1) ** 3
            for i, x in enumerate(xs)
            for j, y in enumerate(ys)
            if not same or i != j
        ]
        return sum(values) / len(values)

    return mean(real, real, True) + mean(fake, fake, True) - 2 * mean(real, fake, False)


def share_within_by_loops(asked: np.ndarray, base: np.ndarray, k: int) -> float:
    def apart(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(sum((float(p) - float(q)) ** 2 for p, q in zip(a, b, strict=True))))

    others = [sorted(apart(a, b) for j, b in enumerate(base) if j != i) for i, a in enumerate(base)]
    radii = [distances[k - 1] for distances in others]
    return sum(any(apart(a, b) <= r for b, r in zip(base, radii, strict=True)) for a in asked) / len(asked)


@SETS
def test_frechet_is_the_formula_with_scipys_square_root_of_a_matrix(seed: int, n: int, m: int, d: int) -> None:
    d = min(d, n - 2, m - 2)  # sqrtm needs full rank
    real, fake = two_sets(seed, n, m, d)
    size = float((real.astype(float) ** 2).sum(1).mean() + (fake.astype(float) ** 2).sum(1).mean())
    assert frechet_distance(real, fake) == pytest.approx(frechet_by_square_root(real, fake), rel=1e-5, abs=1e-6 * size)


def test_frechet_of_known_gaussians_is_the_closed_form() -> None:
    # Rows ±s on each axis have mean 0 and a diagonal covariance: then it is |m - m'|² + sum of (s - s')².
    def cross(spreads: list[float], middle: list[float]) -> np.ndarray:
        return np.concatenate([np.diag(spreads), -np.diag(spreads)]) + middle

    first, second = [1.0, 2, 3], [2.0, 0, 7]
    scale = np.sqrt(2 / 5)  # the unbiased variance of an axis with two of six rows at ±s is 2 s² / 5
    expected = (3**2 + 4**2) + sum((scale * (a - b)) ** 2 for a, b in zip(first, second, strict=True))
    assert frechet_distance(cross(first, [0, 0, 0]), cross(second, [3, 0, 4])) == pytest.approx(expected)


@SETS
def test_equal_sets_have_no_distance_and_order_and_sides_do_not_matter(seed: int, n: int, m: int, d: int) -> None:
    real, fake = two_sets(seed, n, m, d)
    size = float((real.astype(float) ** 2).sum(1).mean())
    mixed = np.random.default_rng(seed).permutation(fake)
    assert 0 <= frechet_distance(real, real) <= 1e-9 * size
    assert frechet_distance(real, mixed) == pytest.approx(frechet_distance(fake, real), rel=1e-6, abs=1e-9 * size)
    assert kernel_distance(real, mixed) == pytest.approx(kernel_distance(fake, real), rel=1e-6, abs=1e-9)
    assert precision_recall(real, real) == (1, 1)
    assert precision_recall(real, mixed) == precision_recall(fake, real)[::-1]


def test_frechet_copes_with_dead_units_and_fewer_rows_than_features() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 30, 64)).astype(np.float32)
    real[:, 40:], fake[:, 40:] = 0, 0
    assert frechet_distance(real, fake) == pytest.approx(frechet_distance(real[:, :40], fake[:, :40]))
    assert frechet_distance(real, real) < 1e-9


@settings(max_examples=30)
@SETS
def test_kernel_distance_is_that_of_two_plain_loops(seed: int, n: int, m: int, d: int) -> None:
    real, fake = two_sets(seed, n, m, d)
    assert kernel_distance(real, fake) == pytest.approx(kernel_distance_by_loops(real, fake), rel=1e-6, abs=1e-6)


def test_kernel_distance_over_subsets_is_near_that_of_all_rows_and_the_seed_decides() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(800, 8)), rng.normal(0.5, 1, (700, 8))
    whole = kernel_distance(real, fake, size=800)
    found = kernel_distance(real, fake, seed=3, size=200, subsets=30)
    assert found == kernel_distance(real, fake, seed=3, size=200, subsets=30)
    assert found != kernel_distance(real, fake, seed=4, size=200, subsets=30)
    assert found == pytest.approx(whole, rel=0.1)


def test_kernel_distance_of_equal_distributions_is_0_on_average_however_few_rows() -> None:
    rng = np.random.default_rng(0)
    found = [kernel_distance(*rng.normal(size=(2, 20, 4))) for _ in range(400)]
    assert abs(np.mean(found)) < 3 * np.std(found) / 20
    assert min(found) < 0


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(6, 25), st.integers(6, 25), st.integers(1, 4), st.integers(1, 5))
def test_precision_and_recall_are_those_of_plain_loops(seed: int, n: int, m: int, d: int, k: int) -> None:
    real, fake = two_sets(seed, n, m, d)
    expected = share_within_by_loops(fake, real, k), share_within_by_loops(real, fake, k)
    assert precision_recall(real, fake, k) == pytest.approx(expected)


def test_ugly_samples_cost_precision_and_missing_ones_recall() -> None:
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(0, 1, (300, 2)), rng.normal(50, 1, (300, 2))])
    one_kind, with_noise = rng.normal(0, 1, (600, 2)), np.concatenate([real, rng.uniform(1e3, 2e3, (600, 2))])
    precision, recall = precision_recall(real, one_kind)
    assert precision > 0.95
    assert 0.4 < recall < 0.55
    precision, recall = precision_recall(real, with_noise)
    assert precision == 0.5
    assert recall == 1


def test_a_generator_that_repeats_one_real_image_is_precise_and_recalls_only_that() -> None:
    real = np.random.default_rng(0).normal(100, 1, (50, 16)).astype(np.float32)
    assert precision_recall(real, np.repeat(real[7:8], 50, axis=0)) == (1, 1 / 50)


def test_precision_and_recall_of_2000_rows_take_less_than_200_mb() -> None:
    real, fake = np.random.default_rng(0).normal(size=(2, 2000, 16)).astype(np.float32)
    tracemalloc.start()
    try:
        precision_recall(real, fake)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()


def test_the_interval_is_the_percentile_interval_of_scipy_up_to_the_luck_of_the_draws() -> None:
    values = np.random.default_rng(0).exponential(size=200)
    low, high = bootstrap_interval(lambda v: float(v.mean()), [values], rounds=4000, level=0.9)
    wanted = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=4000, confidence_level=0.9, rng=1
    ).confidence_interval
    assert (low, high) == pytest.approx((wanted.low, wanted.high), abs=0.01)


def test_the_same_seed_gives_the_same_interval_and_a_higher_level_a_wider_one() -> None:
    arrays = [np.arange(50.0), np.arange(20.0)]
    narrow, again, wide = (
        bootstrap_interval(lambda a, b: float(a.mean() - b.mean()), arrays, seed=5, level=level)
        for level in (0.5, 0.5, 0.99)
    )
    assert narrow == again
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_a_centred_interval_lies_around_a_distance_that_the_plain_one_misses() -> None:
    real, fake = np.random.default_rng(0).normal(size=(2, 300, 32))
    distance = frechet_distance(real, fake)
    plain = bootstrap_interval(frechet_distance, [real, fake])
    low, high = bootstrap_interval(frechet_distance, [real, fake], centred=True)
    assert distance < plain[0]
    assert low < distance < high
    assert high - low == pytest.approx(plain[1] - plain[0])


def test_a_centred_interval_holds_the_mean_distance_of_fresh_samples_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)

    def fresh() -> list[np.ndarray]:
        return [rng.normal(size=(100, 4)), rng.normal(0.3, 1.2, (100, 4))]

    mean = np.mean([frechet_distance(*fresh()) for _ in range(300)])
    intervals = [bootstrap_interval(frechet_distance, fresh(), level=0.8, centred=True) for _ in range(100)]
    assert 0.65 <= np.mean([low <= mean <= high for low, high in intervals]) <= 0.95


@pytest.mark.parametrize("measure", [frechet_distance, kernel_distance, precision_recall])
@pytest.mark.parametrize(
    ("real", "fake", "sentence"),
    [
        (
            np.zeros(5),
            np.zeros((5, 2)),
            r"the real features have the wrong shape, expected \(n, d\), received \(5,\)\.",
        ),
        (np.zeros((5, 2)), np.zeros((5, 3)), r"the generated features have the wrong shape, expected \(n, 2\)"),
        (np.zeros((5, 0)), np.zeros((5, 0)), "the real features have the wrong shape"),
        (np.zeros((1, 2)), np.zeros((5, 2)), "there are too few real features, expected at least [24], received 1"),
        (np.zeros((5, 2)), np.zeros((0, 2)), "there are too few generated features"),
        (np.full((5, 2), np.nan), np.zeros((5, 2)), "the real features are not all finite numbers"),
        (np.zeros((5, 2)), np.full((5, 2), np.inf), "the generated features are not all finite numbers"),
        (np.full((5, 2), "a"), np.zeros((5, 2)), "the real features are not all finite numbers"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_sentence(
    measure: Callable[..., object], real: np.ndarray, fake: np.ndarray, sentence: str
) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        measure(real, fake)


def test_settings_that_make_no_sense_are_refused() -> None:
    rows = np.zeros((5, 2))
    with pytest.raises(AnalysisError, match=r"expected k of at least 1, received 0"):
        precision_recall(rows, rows, 0)
    with pytest.raises(AnalysisError, match="the subsets are too few or too small"):
        kernel_distance(rows, rows, size=1)
    with pytest.raises(AnalysisError, match="there are no rows to draw from"):
        bootstrap_interval(np.mean, [rows, rows[:0]])
    with pytest.raises(AnalysisError, match="received 100 and 1"):
        bootstrap_interval(np.mean, [rows], level=1)
