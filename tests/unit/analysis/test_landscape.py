"""The plane in which most of a way through weights lies."""

import numpy as np
import pytest

from core.analysis.landscape import plane_of, plane_through
from core.layers.spec import LayerSpec
from core.layers.weight_names import weight_names

RANDOM = np.random.default_rng(0)


def test_a_way_within_a_plane_is_held_whole_and_each_moment_is_where_it_is() -> None:
    along = np.linalg.qr(RANDOM.normal(size=(9, 2)))[0].T
    weights = RANDOM.normal(size=9) + RANDOM.normal(size=(6, 2)) * [3, 1] @ along
    plane = plane_of(weights)
    assert plane.share == pytest.approx(1)
    np.testing.assert_allclose(plane.along @ plane.along.T, np.eye(2), atol=1e-9)
    np.testing.assert_allclose(plane.centre + plane.places @ plane.along, weights, atol=1e-9)
    low, high = plane.reach().T
    assert (low < plane.places.min(0)).all()
    assert (high > plane.places.max(0)).all()


def test_of_another_way_it_holds_what_the_two_largest_components_hold() -> None:
    weights = RANDOM.normal(size=(8, 30))
    apart = weights - weights[-1]
    sizes = np.linalg.eigvalsh(apart @ apart.T)
    assert plane_of(weights).share == pytest.approx(sizes[-2:].sum() / sizes.sum())


@pytest.mark.parametrize("moments", [2, 5])
def test_a_straight_way_has_a_direction_across_it(moments: int) -> None:
    weights = np.linspace(0, 1, moments)[:, None] * RANDOM.normal(size=7)
    plane = plane_of(weights)
    np.testing.assert_allclose(plane.along @ plane.along.T, np.eye(2), atol=1e-9)
    assert plane.share == pytest.approx(1)
    assert (np.diff(plane.reach(), axis=1) > 0).all()


def test_a_plane_of_two_weights_moves_those_alone() -> None:
    weights = RANDOM.normal(size=(4, 5))
    plane = plane_through(weights, 3, 1, at=2)
    np.testing.assert_allclose(plane.places, weights[:, [3, 1]] - weights[2, [3, 1]])
    np.testing.assert_array_equal(plane.centre, weights[2])


def test_each_weight_has_a_name() -> None:
    specs = [LayerSpec("Normalization", {}, "standardise"), LayerSpec("Dense", {}, "dense_1")]
    assert weight_names(specs, [(1, 2), (2,)], 9) == [
        *("dense_1 kernel 0, 0", "dense_1 kernel 0, 1"),
        *("dense_1 bias 0", "dense_1 bias 1"),
    ]
    assert weight_names(specs, [(2,)], 1) == ["array 0 0"]
