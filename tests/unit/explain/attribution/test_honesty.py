import keras
import numpy as np
import pytest
from scipy.stats import rankdata

from core.datasets import Prepared
from core.errors import ProbeError
from core.explain.attribution.logits import logits_of
from core.explain.honesty.curves import curves
from core.explain.honesty.randomised import Randomised, likeness
from core.explain.honesty.skill import Skill
from core.explain.honesty.trust import Trust
from tests.support import tiny_digits


def test_likeness_is_the_correlation_of_ranks() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 6, 5))
    expected = np.corrcoef(rankdata(np.abs(one)), rankdata(np.abs(other)))[0, 1]
    assert likeness(one, other) == pytest.approx(expected)
    assert likeness(one, -3 * one) == pytest.approx(1)
    assert likeness(one, -3 * one, with_sign=True) == pytest.approx(-1)
    assert likeness(one, np.zeros((6, 5))) == 0


def test_random_weights_are_new_each_time_and_leave_the_network_alone(network: keras.Model) -> None:
    before = network.get_weights()
    random = Randomised(network)
    drawn = [[np.array(weights) for weights in twin.get_weights()] for twin in random.draws(2)]
    again = next(random.draws(1)).get_weights()
    assert all(np.array_equal(weights, first) for weights, first in zip(again, drawn[0], strict=True))
    for weights, first, second in zip(before, *drawn, strict=True):
        if weights.ndim > 1:
            assert not np.allclose(weights, first)
            assert not np.allclose(first, second)
    for weights, now in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(weights, now)


def test_what_follows_the_input_is_alike_and_what_was_learned_is_not(network: keras.Model, digits: Prepared) -> None:
    inputs = keras.Input((8, 8, 1))
    learnt = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(inputs)))
    learnt.set_weights([np.eye(64, 1, k=-20, dtype=np.float32), np.zeros(1, np.float32)])
    random = next(Randomised(network).draws(1))
    assert Trust(random)(digits.x_test[3], way="input_x_gradient")["likeness"].mean() > 0.5
    assert abs(Trust(learnt)(np.ones((8, 8, 1), np.float32), way="saliency")["likeness"]).mean() < 0.3


def test_curves_follow_the_order_of_the_attribution() -> None:
    inputs = keras.Input((4,))
    network = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    kernel = np.array([4, 1, -2, 3], np.float32)
    network.set_weights([kernel[:, None], np.array([0], np.float32)])
    found = curves(logits_of(network), np.ones(4, np.float32), np.zeros(4, np.float32), kernel, 0)
    shown = (np.round(found["shares"] * 4)).astype(int)
    ordered = np.array([4, 3, 1, -2])
    added = np.array([ordered[:count].sum() for count in shown])
    np.testing.assert_allclose(found["insertion"], added)
    np.testing.assert_allclose(found["deletion"], kernel.sum() - added)
    assert found["insertion/random"][[0, -1]].tolist() == [0, 6]


def test_what_an_attribution_marks_matters_more_than_chance(network: keras.Model, digits: Prepared) -> None:
    found = Trust(network)(digits.x_test[3], way="integrated_gradients", baseline="blurred")
    assert found["insertion"].mean() > found["insertion/random"].mean()
    assert found["deletion"].mean() < found["deletion/random"].mean()
    assert found["random"].shape == (8, 8, 1)


def test_shuffled_labels_teach_nothing(network: keras.Model, digits: Prepared) -> None:
    shuffled = tiny_digits.learned(digits.x_train, np.random.default_rng(0).permutation(digits.y_train))
    knows, guesses = (Skill(one, digits)(digits.x_test[0]) for one in (network, shuffled))
    assert knows["count"] == 200
    assert knows["right"] > 160
    assert guesses["right"] < 2 * guesses["guessed"] < 60


def test_a_method_that_does_not_exist_is_refused(network: keras.Model, digits: Prepared) -> None:
    with pytest.raises(ProbeError, match="no method 'lime'"):
        Trust(network)(digits.x_test[0], way="lime")
