import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from scipy.stats import kstest

from core.analysis.gan import latent
from core.analysis.gan.latent import arithmetic, lerp, nearest, path, plane, slerp, strongest_directions
from core.errors import AnalysisError
from core.families.gan.config import GanConfig
from core.families.gan.noise import draw_noise

NUMBERS = st.floats(-10, 10, width=32)
PAIRS = st.integers(2, 40).flatmap(lambda d: st.tuples(*[arrays(np.float32, d, elements=NUMBERS)] * 2))
T = np.linspace(0, 1, 9)


def drawn(count: int, latent_dim: int, noise: str, seed: int) -> np.ndarray:
    return draw_noise(GanConfig(latent=latent_dim, noise=noise), 0, count, seed)


def angle_between(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a.astype(np.longdouble), b.astype(np.longdouble)
    u, v = a / np.sqrt(a @ a), b / np.sqrt(b @ b)
    return float(2 * np.arctan2(np.sqrt((u - v) @ (u - v)), np.sqrt((u + v) @ (u + v))))


@given(PAIRS, st.sampled_from(["lerp", "slerp"]), st.integers(2, 12))
def test_a_path_begins_and_ends_exactly_and_is_finite(
    pair: tuple[np.ndarray, np.ndarray], kind: Any, steps: int
) -> None:
    way = path(*pair, steps, kind)
    assert way.shape == (steps, len(pair[0]))
    assert way.dtype == np.float32
    assert np.isfinite(way).all()
    np.testing.assert_array_equal(way[0], pair[0])
    np.testing.assert_array_equal(way[-1], pair[1])


@given(PAIRS)
def test_back_is_the_same_way_as_there(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    np.testing.assert_allclose(lerp(a, b, T), lerp(b, a, T)[::-1], atol=1e-5)
    if a.any() and b.any() and angle_between(a, b) < 3.14:  # between opposite vectors there are many ways
        np.testing.assert_allclose(slerp(a, b, T), slerp(b, a, T)[::-1], atol=1e-4)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_a_straight_path_is_numpys_linspace(seed: int, d: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, d))
    np.testing.assert_allclose(path(a, b, 7, "lerp"), np.linspace(a, b, 7), atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_a_round_path_is_whites_formula(seed: int, d: int) -> None:
    a, b = np.random.default_rng(seed).normal(size=(2, d))
    omega = np.arccos(np.clip(a / np.linalg.norm(a) @ (b / np.linalg.norm(b)), -1, 1))
    wanted = [np.sin((1 - t) * omega) / np.sin(omega) * a + np.sin(t * omega) / np.sin(omega) * b for t in T]
    if 0.01 < omega < 3.13:
        np.testing.assert_allclose(slerp(a, b, T), wanted, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.sampled_from([1.0, 1e-3, 1e-7, 1e-9, 0.0, -1.0, -1e-8]))
def test_a_round_path_on_a_sphere_stays_there_at_a_steady_angle_however_near_the_ends_are(
    seed: int, d: int, apart: float
) -> None:
    rng = np.random.default_rng(seed)
    a, away = rng.normal(size=(2, d))
    b = apart * away + (a if apart >= 0 else -a)  # near, or nearly opposite
    a, b = a / np.linalg.norm(a) * 8, b / np.linalg.norm(b) * 8
    way = slerp(a, b, T)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 8, rtol=1e-9)
    steps = [angle_between(x, y) for x, y in pairwise(way)]
    assert steps == pytest.approx([angle_between(a, b) / 8] * 8, rel=1e-3, abs=2e-7)


def test_opposite_vectors_are_joined_around_the_origin_and_lengths_in_steps() -> None:
    a = np.array([0.0, 2.0, 0.0])
    way = slerp(a, -2 * a, T)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), np.linspace(2, 4, 9))
    np.testing.assert_allclose(way[4], [3, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(slerp(np.array([1.0]), np.array([-1.0]), np.array([0.0, 1.0])), [[1], [-1]])


def test_the_way_from_the_origin_is_straight() -> None:
    a, b = np.zeros(3), np.array([3.0, 0, 4])
    np.testing.assert_allclose(slerp(a, b, T), lerp(a, b, T))


def test_a_round_path_keeps_the_length_of_gaussian_vectors_that_a_straight_one_loses() -> None:
    a, b = drawn(2, 100, "gaussian", 0)
    lengths = {kind: np.linalg.norm(path(a, b, 9, kind)[4]) for kind in ("lerp", "slerp")}  # type: ignore[arg-type]
    assert lengths["slerp"] == pytest.approx(10, rel=0.1)
    assert lengths["lerp"] == pytest.approx(10 / np.sqrt(2), rel=0.15)


def test_a_straight_path_between_uniform_vectors_stays_in_their_cube() -> None:
    a, b = drawn(2, 100, "uniform", 0)
    assert np.abs(path(a, b, 9, latent.PATHS["uniform"])).max() <= 1


@pytest.mark.parametrize(("noise", "law"), [("gaussian", ("norm",)), ("uniform", ("uniform", (-1, 2)))])
def test_latents_have_their_distribution_and_come_back_with_the_seed(noise: Any, law: tuple[Any, ...]) -> None:
    found = drawn(200, 16, noise, 7)
    assert (found.shape, found.dtype) == ((200, 16), np.float32)
    chances = [kstest(drawn(200, 16, noise, seed).ravel(), *law).pvalue for seed in range(50)]
    assert kstest(chances, "uniform").pvalue > 0.01  # as often unlikely as chance has it
    np.testing.assert_array_equal(found, drawn(200, 16, noise, 7))
    assert (found != drawn(200, 16, noise, 8)).any()


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(2, 9))
def test_a_plane_has_the_three_as_corners_and_is_flat(seed: int, d: int, side: int) -> None:
    origin, a, b = np.random.default_rng(seed).normal(size=(3, d)).astype(np.float32)
    grid = plane(origin, a, b, side)
    assert (grid.shape, grid.dtype) == ((side, side, d), np.float32)
    for found, wanted in ((grid[0, 0], origin), (grid[0, -1], a), (grid[-1, 0], b)):
        np.testing.assert_array_equal(found, wanted)
    origin, a, b = (v.astype(float) for v in (origin, a, b))
    for i, v in enumerate(np.linspace(0, 1, side)):
        for j, u in enumerate(np.linspace(0, 1, side)):
            np.testing.assert_allclose(grid[i, j], origin + u * (a - origin) + v * (b - origin), atol=1e-5)


def test_two_directions_make_a_plane_around_the_origin() -> None:
    origin, along, across = np.array([5.0, 5, 5]), np.array([1.0, 0, 0]), np.array([0.0, 2, 0])
    grid = plane(origin, origin + along, origin + across, 5, -1, 1)
    np.testing.assert_array_equal(grid[2, 2], origin)
    np.testing.assert_allclose(grid[0, 4], origin + along - across)


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_arithmetic_adds_and_subtracts_the_means_of_groups(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    woman, man, smiling = (rng.normal(size=(n, d)).astype(np.float32) for n in (3, 4, 5))
    wanted = smiling.astype(float).mean(0) - woman.astype(float).mean(0) + man.astype(float).mean(0)
    np.testing.assert_allclose(arithmetic([smiling, man], [woman]), wanted, atol=1e-12)
    np.testing.assert_allclose(arithmetic([smiling], [smiling]), 0, atol=1e-12)
    np.testing.assert_allclose(arithmetic([man], []), man.astype(float).mean(0), atol=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 60), st.integers(1, 6), st.integers(1, 70))
def test_the_nearest_are_those_of_scipy_however_the_bank_is_cut(seed: int, q: int, n: int, d: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    query, bank = rng.normal(size=(q, d)), rng.normal(size=(n, d))
    apart = cdist(query, bank)
    wanted = np.argsort(apart, axis=1, kind="stable")[:, :k]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(latent, "_BLOCK", 7)
        found, distances = nearest(query, bank, k)
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_allclose(distances, np.take_along_axis(apart, wanted, 1), atol=1e-9)


def test_a_copy_is_at_distance_0_and_of_equal_ones_the_first_is_found() -> None:
    bank = np.random.default_rng(0).integers(0, 256, (5000, 64), dtype=np.uint8)
    bank[4990] = bank[17]
    found, distances = nearest(bank[[17, 4999]], bank, 2)
    assert found[0].tolist() == [17, 4990]
    assert found[1, 0] == 4999
    assert distances[0].tolist() == [0, 0]
    assert distances[1, 0] == 0 < distances[1, 1]


def test_a_large_bank_of_bytes_is_never_held_as_floats() -> None:
    bank = np.zeros((30_000, 784), np.uint8)
    tracemalloc.start()
    try:
        nearest(np.ones((8, 784)), bank, 5)
        assert tracemalloc.get_traced_memory()[1] < 120e6  # as float64 it would be 188 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("latent", "units"), [(6, 40), (6, 3), (2, 5)])
def test_the_strongest_directions_change_the_units_most_of_all_that_are_perpendicular(latent: int, units: int) -> None:
    rng = np.random.default_rng(latent + units)
    kernel = rng.normal(size=(latent, units)).astype(np.float32)
    found = strongest_directions(kernel, 3)
    values, vectors = np.linalg.eigh(kernel.astype(float) @ kernel.T.astype(float))  # the smallest first
    expected = vectors[:, ::-1][:, : len(found)].T
    assert len(found) == min(3, latent, units)
    np.testing.assert_allclose(np.abs((found * expected).sum(1)), 1, atol=1e-5)
    np.testing.assert_allclose(found @ found.T, np.eye(len(found)), atol=1e-5)
    np.testing.assert_allclose(((found @ kernel) ** 2).sum(1), values[::-1][: len(found)], rtol=1e-4)
    assert (found[np.arange(len(found)), np.abs(found).argmax(1)] > 0).all()


ROW = np.zeros(3)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: lerp(ROW, np.zeros(4), T), r"the numbers of b have the wrong shape, expected \(n, 3\)"),
        (lambda: slerp(np.zeros((2, 2)), ROW, T), r"a is not a vector, expected \(d,\), received \(2, 2\)\."),
        (lambda: slerp(ROW, np.array([1, np.nan, 0]), T), "the numbers of b are not all finite numbers"),
        (lambda: lerp(ROW, ROW, np.array([np.inf])), "the steps are not all finite numbers"),
        (lambda: path(ROW, ROW, 1, "lerp"), "expected lerp or slerp in at least 2 steps, received lerp in 1"),
        (lambda: path(ROW, ROW, 5, "jump"), "there is no such path"),  # type: ignore[arg-type]
        (lambda: plane(ROW, ROW, ROW, 1), "there is no such grid, expected at least 2 per side, low below high"),
        (lambda: plane(ROW, ROW, ROW, 3, 1, 1), "received 3, 1 and 1"),
        (lambda: strongest_directions(np.full((2, 2), np.inf), 1), "the rows of the kernel are not all finite"),
        (lambda: strongest_directions(np.ones((2, 2)), 0), "expected a count of at least 1, received 0"),
        (lambda: arithmetic([], []), "there is nothing to add, expected at least one group"),
        (lambda: arithmetic([np.zeros((2, 3))], [np.zeros((2, 4))]), "the vectors of a group have the wrong shape"),
        (lambda: arithmetic([np.zeros(3)], []), "the vectors of a group have the wrong shape"),
        (lambda: nearest(np.zeros((1, 3)), np.zeros((1, 4)), 1), r"the rows to look for have the wrong shape"),
        (lambda: nearest(np.zeros((1, 3)), np.zeros((0, 3)), 1), "there are too few rows of the bank"),
        (lambda: nearest(np.zeros((1, 3)), np.zeros((1, 3)), 0), "expected k of at least 1, received 0"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(ask: Any, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        ask()
