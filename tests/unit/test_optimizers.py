import keras
import numpy as np
import pytest
import tensorflow as tf

from core.families.cnn import CnnConfig
from core.schedules import learning_rates
from core.training.optimizers import Table, build_optimizer

OPTIMIZERS = CnnConfig.knob("optimizer").options
SCHEDULES = CnnConfig.knob("schedule").options


def applied(optimizer: keras.optimizers.Optimizer, gradient: list[float], times: int = 1) -> np.ndarray:
    """Return the weights (1, 1) after some updates with one gradient."""
    weights = keras.Variable([1.0, 1.0])
    for _ in range(times):
        optimizer.apply([tf.constant(gradient)], [weights])
    return weights.numpy()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_option_is_keras_optimiser_of_that_name_and_goes_downhill(name: str) -> None:
    optimizer = build_optimizer(CnnConfig(optimizer=name, learning_rate=0.1), 10)
    assert type(optimizer).__name__.lower() == name
    assert np.all(applied(optimizer, [0.5, -0.5]) * [1, -1] < [1, -1])


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("warmup", [0.0, 0.25])
def test_each_update_has_the_rate_that_the_curve_shows(schedule: str, warmup: float) -> None:
    config = CnnConfig(optimizer="sgd", momentum=0.0, learning_rate=0.1, schedule=schedule, warmup=warmup)
    optimizer = build_optimizer(config, 8)
    weights, path = keras.Variable([0.0]), [0.0]
    for _ in range(8):
        optimizer.apply([tf.constant([1.0])], [weights])
        path.append(float(weights.numpy()[0]))
    np.testing.assert_allclose(-np.diff(path), learning_rates(schedule, 0.1, 8, warmup), rtol=1e-4, atol=1e-7)


def test_after_its_last_step_the_table_stays_at_its_last_rate() -> None:
    rates = np.array([0.3, 0.2, 0.1], np.float32)
    table = Table(rates)
    assert [float(table(step)) for step in range(5)] == rates[[0, 1, 2, 2, 2]].tolist()
    assert table.get_config() == {"rates": rates.tolist()}


@pytest.mark.parametrize("name", ["sgd", "rmsprop"])
def test_momentum_is_that_of_the_config_where_the_optimiser_has_one(name: str) -> None:
    assert build_optimizer(CnnConfig(optimizer=name, momentum=0.75), 10).momentum == 0.75


def test_momentum_keeps_a_share_of_the_step_before() -> None:
    optimizer = build_optimizer(CnnConfig(optimizer="sgd", momentum=0.5, learning_rate=0.1), 10)
    np.testing.assert_allclose(applied(optimizer, [1.0, 0.0], times=3), [1 - 0.1 * (1 + 1.5 + 1.75), 1], rtol=1e-6)


def test_a_gradient_longer_than_the_limit_is_shortened_and_keeps_its_direction() -> None:
    config = CnnConfig(optimizer="sgd", momentum=0.0, learning_rate=0.1, gradient_clip=1.0)
    np.testing.assert_allclose(applied(build_optimizer(config, 9), [3.0, 4.0]), [1 - 0.06, 1 - 0.08], rtol=1e-6)
    np.testing.assert_allclose(applied(build_optimizer(config, 9), [0.3, 0.4]), [1 - 0.03, 1 - 0.04], rtol=1e-6)


def test_without_a_limit_no_gradient_is_shortened() -> None:
    config = CnnConfig(optimizer="sgd", momentum=0.0, learning_rate=0.1)
    np.testing.assert_allclose(applied(build_optimizer(config, 9), [30.0, 40.0]), [1 - 3, 1 - 4], rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weight_decay_pulls_weights_to_zero_even_without_a_gradient(name: str) -> None:
    config = CnnConfig(optimizer=name, learning_rate=0.1, weight_decay=0.5)
    np.testing.assert_allclose(applied(build_optimizer(config, 9), [0.0, 0.0]), [0.95, 0.95], rtol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_without_weight_decay_a_zero_gradient_leaves_the_weights_alone(name: str) -> None:
    config = CnnConfig(optimizer=name, learning_rate=0.1, weight_decay=0.0)
    np.testing.assert_array_equal(applied(build_optimizer(config, 9), [0.0, 0.0]), [1, 1])


def test_adam_is_the_update_of_the_paper() -> None:
    """Source: Kingma and Ba, Adam, 2015, algorithm 1; Keras' epsilon is 1e-7."""
    gradients = np.array([[0.5, -2.0], [0.1, 1.0], [-0.3, 0.2]])
    optimizer = build_optimizer(CnnConfig(optimizer="adam", learning_rate=0.01), 9)
    weights = keras.Variable([1.0, 1.0])
    theta, m, v = np.ones(2), np.zeros(2), np.zeros(2)
    for t, g in enumerate(gradients, 1):
        optimizer.apply([tf.constant(g, tf.float32)], [weights])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta -= 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    np.testing.assert_allclose(weights.numpy(), theta, rtol=1e-5)
