"""The loss over a plane through the weights, beside the network with those very weights."""

import keras
import numpy as np
import pytest

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.learned.loss_surface import LossSurface

NONE = np.zeros((0,))


def plane_around(network: keras.Model) -> dict[str, np.ndarray]:
    centre = np.concatenate([weight.numpy().ravel() for weight in network.weights]).astype(float)
    along = np.linalg.qr(np.random.default_rng(0).normal(size=(len(centre), 2)))[0].T
    return {"centre": centre, "along": along, "reach": np.array([[-0.1, 0.1], [-0.3, 0.0]])}


@pytest.mark.parametrize(("kind", "loss"), [("classes", "cross_entropy"), ("number", "squared_error")])
def test_it_is_the_loss_of_the_network_with_those_weights_which_it_leaves_alone(
    kind: str, loss: str, request: pytest.FixtureRequest
) -> None:
    names = ("classifier", "images") if kind == "classes" else ("regressor", "prices")
    network, data = (request.getfixturevalue(name) for name in names)
    plane, before = plane_around(network), network.get_weights()
    found = LossSurface(network, data)(NONE, **plane, side=2, count=len(data.y_train), loss=loss)
    for now, was in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, was)
    moved = plane["centre"] + 0.1 * plane["along"][0] - 0.3 * plane["along"][1]
    parts = np.split(moved.astype(np.float32), np.cumsum([weight.size for weight in before])[:-1])
    network.set_weights([part.reshape(was.shape) for part, was in zip(parts, before, strict=True)])
    answers = np.asarray(network(data.x_train, training=False))
    network.set_weights(before)
    if kind == "classes":
        expected = -np.log(answers[np.arange(len(answers)), data.y_train]).mean()
    else:
        expected = np.mean(((data.y_train - answers[:, 0]) / data.spec.target.spread) ** 2)
    assert found["losses"][0, 1] == pytest.approx(expected, rel=1e-3)
    assert int(found["examined"]) == len(data.y_train)


def test_what_does_not_fit_is_refused(regressor: keras.Model, prices: Prepared) -> None:
    surface, plane = LossSurface(regressor, prices), plane_around(regressor)
    with pytest.raises(ProbeError, match="expected one of squared_error, absolute_error, huber"):
        surface(NONE, **plane, side=2, count=1, loss="hinge")
    with pytest.raises(ProbeError, match="the plane does not fit the network"):
        surface(NONE, **{**plane, "centre": NONE}, side=2, count=1, loss="huber")
