from dataclasses import replace
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.families.cnn import CnnConfig
from core.families.supervised.config import unused_settings
from core.layers.blocks import Dense, Flatten
from core.schedule.optimizers import describe_optimizer, is_constant
from core.schedule.rates import learning_rates
from core.training.optimizers import Table, build_optimizer
from tests.support import tiny

OPTIMIZERS = CnnConfig.field("optimizer").options
SCHEDULES = CnnConfig.field("schedule").options


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


GRADIENTS = np.array([[0.5, -2.0], [0.1, 1.0], [-0.3, 0.2]])


@cache
def path_of(config: CnnConfig) -> np.ndarray:
    """Return the weights (3, 2) after each of three updates from (1, 1)."""
    optimizer, weights, path = build_optimizer(config, 9), keras.Variable([1.0, 1.0]), []
    for gradient in GRADIENTS:
        optimizer.apply([tf.constant(gradient, tf.float32)], [weights])
        path.append(weights.numpy())
    return np.stack(path)


def check_steps(config: CnnConfig, steps: list[np.ndarray]) -> None:
    """Compare with weights that start at (1, 1) and lose these `steps` one after the other."""
    np.testing.assert_allclose(path_of(config), 1 - np.cumsum(steps, axis=0), rtol=1e-5)


@pytest.mark.parametrize("decay", [0.0, 0.2])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_is_the_update_of_the_paper(name: str, decay: float) -> None:
    """Source: Kingma and Ba, Adam, 2015, algorithm 1; Keras' epsilon is 1e-7.

    With decay: Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2.
    """
    theta, m, v = np.ones(2), np.zeros(2), np.zeros(2)
    path = []
    for t, g in enumerate(GRADIENTS, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta = theta - 0.01 * decay * theta
        theta = theta - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        path.append(theta)
    config = CnnConfig(optimizer=name, learning_rate=0.01, weight_decay=decay)
    np.testing.assert_allclose(path_of(config), path, rtol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_sgd_with_nesterov_is_at_the_point_where_the_paper_looks_ahead(momentum: float) -> None:
    """Source: Sutskever et al., On the importance of initialization and momentum, 2013, equations 3 and 4.

    Keras keeps the point that the paper takes its gradient at, theta + momentum * v.
    """
    slope = np.array([[2.0, 0.5], [0.5, 1.0]])  # of a bowl
    config = CnnConfig(optimizer="sgd", nesterov="on", momentum=momentum, learning_rate=0.1)
    optimizer, weights = build_optimizer(config, 9), keras.Variable([1.0, -2.0])
    theta, v = np.array([1.0, -2.0]), np.zeros(2)
    for _ in range(5):
        optimizer.apply([tf.constant(slope @ weights.numpy(), tf.float32)], [weights])
        v = momentum * v - 0.1 * slope @ (theta + momentum * v)
        theta = theta + v
        np.testing.assert_allclose(weights.numpy(), theta + momentum * v, rtol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_divides_by_the_root_of_the_mean_square(momentum: float) -> None:
    """Source: Tieleman and Hinton, Neural networks for machine learning, 2012, lecture 6e; with heavy-ball momentum."""
    steps, step, mean_square = [], np.zeros(2), np.zeros(2)
    for g in GRADIENTS:
        mean_square = 0.9 * mean_square + 0.1 * g * g
        step = momentum * step + 0.01 * g / np.sqrt(mean_square + 1e-7)
        steps.append(step)
    check_steps(CnnConfig(optimizer="rmsprop", momentum=momentum, learning_rate=0.01), steps)


def test_adagrad_divides_by_the_root_of_all_squares() -> None:
    """Source: Duchi et al., Adaptive subgradient methods, 2011, figure 1; Keras' sum starts at 0.1."""
    sums = 0.1 + np.cumsum(GRADIENTS**2, axis=0)
    check_steps(CnnConfig(optimizer="adagrad", learning_rate=0.05), list(0.05 * GRADIENTS / np.sqrt(sums + 1e-7)))


def test_adadelta_steps_by_the_ratio_of_two_root_mean_squares() -> None:
    """Source: Zeiler, ADADELTA, 2012, algorithm 1, times a learning rate; Keras' rho is 0.95."""
    steps, of_gradients, of_steps = [], np.zeros(2), np.zeros(2)
    for g in GRADIENTS:
        of_gradients = 0.95 * of_gradients + 0.05 * g * g
        step = np.sqrt(of_steps + 1e-7) / np.sqrt(of_gradients + 1e-7) * g
        of_steps = 0.95 * of_steps + 0.05 * step * step
        steps.append(10 * step)
    check_steps(CnnConfig(optimizer="adadelta", learning_rate=10.0), steps)


def test_lion_steps_by_the_sign_of_a_mean() -> None:
    """Source: Chen et al., Symbolic discovery of optimization algorithms, 2023, algorithm 2; Keras' beta 2 is 0.99."""
    steps, mean = [], np.zeros(2)
    for g in GRADIENTS:
        steps.append(0.01 * np.sign(0.9 * mean + 0.1 * g))
        mean = 0.99 * mean + 0.01 * g
    check_steps(CnnConfig(optimizer="lion", learning_rate=0.01), steps)


def test_plain_sgd_steps_by_the_gradient() -> None:
    config = CnnConfig(optimizer="sgd", momentum=0.0, learning_rate=0.1)
    check_steps(config, list(0.1 * GRADIENTS))


# What a config describes


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("nesterov", ["off", "on"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_setting_is_unused_if_and_only_if_it_changes_no_update(name: str, nesterov: str, momentum: float) -> None:
    config = CnnConfig(optimizer=name, nesterov=nesterov, momentum=momentum)
    others = {"momentum": 0.5, "nesterov": "off" if nesterov == "on" else "on"}
    same = {n for n, other in others.items() if np.array_equal(path_of(config), path_of(replace(config, **{n: other})))}
    assert same == unused_settings(config, tiny.SPEC)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_described_is_what_is_built(name: str) -> None:
    config = CnnConfig(
        optimizer=name, nesterov="on", momentum=0.7, weight_decay=0.25, gradient_clip=2.0, learning_rate=0.3
    )
    described, built = describe_optimizer(config), build_optimizer(config, 9)
    assert isinstance(built, getattr(keras.optimizers, described.keras_class))
    settings = built.get_config()
    assert {key: settings[key] for key in described.kwargs} == described.kwargs
    assert settings["learning_rate"] == pytest.approx(0.3)
    assert (settings["weight_decay"], settings["global_clipnorm"]) == (0.25, 2.0)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_what_is_not_asked_for_is_not_described(name: str) -> None:
    kwargs = describe_optimizer(CnnConfig(optimizer=name)).kwargs
    expected = {"sgd": {"momentum": 0.9}, "rmsprop": {"momentum": 0.9}, "adamw": {"weight_decay": 0.0}}
    expected["muon"] = {"weight_decay": 0.0, "adam_weight_decay": 0.0, "exclude_layers": ["logits", "value"]}
    assert kwargs == expected.get(name, {})


def test_muon_turns_a_hidden_matrix_by_equal_amounts_and_steps_biases_and_the_output_as_adam_does() -> None:
    layers = (Flatten(), Dense(units=12))
    trainee = tiny.classifier(replace(tiny.CONFIG, layers=layers, optimizer="muon", learning_rate=0.01))
    before = trainee.network.get_weights()
    trainee.advance(0, 1)
    pairs = zip(trainee.network.get_weights(), before, strict=True)
    kernel, bias, output, _ = [new - old for new, old in pairs]
    turned = np.linalg.svd(kernel / (0.01 * 0.2 * np.sqrt(64)), compute_uv=False)
    assert 0.4 < turned[7] < turned[0] < 1.3  # near 1 in each direction that the 8 examples have
    assert turned[8] < 1e-3
    for stepped in (bias, output):  # Adam's first step is the learning rate
        np.testing.assert_allclose(np.abs(stepped[np.abs(stepped) > 1e-3]), 0.01, rtol=0.05)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("warmup", [0.0, 0.05, 0.9])
def test_a_rate_is_constant_if_and_only_if_its_curve_is_flat(schedule: str, warmup: float) -> None:
    config = CnnConfig(schedule=schedule, warmup=warmup, learning_rate=0.1)
    flat = len(set(learning_rates(schedule, 0.1, 100, warmup).tolist())) == 1
    assert is_constant(config) is flat
    assert isinstance(build_optimizer(config, 100)._learning_rate, Table) is not flat
