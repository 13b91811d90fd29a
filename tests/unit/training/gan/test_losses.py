from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.datasets.features import PLANE
from core.datasets.spec import DataSpec
from core.datasets.targets import Nothing
from core.errors import ConfigError
from core.families.gan.config import GanConfig
from core.families.gan.family import FAMILY, PRESETS
from core.families.gan.losses import LOSSES, find_loss
from core.training.gan.losses import OBJECTIVES, gradient_penalty, r1_penalty, slopes
from tests.support import tiny

CHANCE = np.random.default_rng(0)
EXTREME = np.array([-500.0, -30.0, 0.0, 30.0, 500.0])
POINTS = replace(tiny.dataset({}), spec=DataSpec(PLANE, Nothing(), 40, 20))
SCORES = arrays(np.float64, st.integers(1, 9), elements=st.floats(-20, 20, width=32))


def tensor(values: np.ndarray) -> tf.Tensor:
    return tf.constant(values, tf.float32)


def of_the_program(loss: str, real: np.ndarray, fake: np.ndarray, smoothing: float) -> tuple[float, float]:
    """Run the losses of the printed program with a discriminator that returns its input."""
    config = replace(PRESETS["ring"].config, loss=loss, label_smoothing=smoothing, penalty=0.0)
    (code,) = (part.code for part in FAMILY.program(config, POINTS) if part.title == "Losses")
    program = {"tf": tf, "discriminator": lambda x, training: x}
    exec(code, program)
    d_loss, on_fake = program["d_loss"](tensor(real)[:, None], tensor(fake)[:, None], None, 0, 0)
    return float(d_loss), float(program["g_loss"](on_fake))


def test_training_has_the_functions_of_every_loss() -> None:
    assert list(OBJECTIVES) == list(LOSSES)


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=15, deadline=None)
@given(real=SCORES, fake=SCORES, smoothing=st.sampled_from([0.0, 0.1, 0.5]))
def test_formula_training_and_printed_program_agree(
    loss: str, real: np.ndarray, fake: np.ndarray, smoothing: float
) -> None:
    by_formula = (sum(LOSSES[loss].d_parts(real, fake, 1 - smoothing)), LOSSES[loss].g_value(fake))
    objectives = OBJECTIVES[loss]
    in_training = (
        float(objectives.of_discriminator(tensor(real), tensor(fake), 1 - smoothing)),
        float(objectives.of_generator(tensor(fake))),
    )
    assert in_training == pytest.approx(by_formula, rel=1e-4, abs=1e-5)
    assert of_the_program(loss, real, fake, smoothing) == pytest.approx(in_training, rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "d_value", "g_value"),
    [
        ("non_saturating", -0.8 * np.log(0.75) - 0.2 * np.log(0.25) - np.log(0.5), -np.log(0.5)),
        ("minimax", -0.8 * np.log(0.75) - 0.2 * np.log(0.25) - np.log(0.5), np.log(0.5)),
        ("least_squares", 0.5 * (np.log(3) - 0.8) ** 2, 0.5),
        ("hinge", 1.0, 0.0),
        ("wasserstein", -np.log(3), 0.0),
    ],
)
def test_values_follow_from_what_d_believes(loss: str, d_value: float, g_value: float) -> None:
    """A score of log 3 is a probability of 3/4, and 0 is one of 1/2; the target is 0.8."""
    found = of_the_program(loss, np.array([np.log(3)]), np.array([0.0]), 0.2)
    assert found == pytest.approx((d_value, g_value), abs=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_only_losses_with_a_target_change_with_label_smoothing(loss: str) -> None:
    one, other = (LOSSES[loss].d_parts(EXTREME + 1, EXTREME, target) for target in (1.0, 0.8))
    has_target = LOSSES[loss].has_target
    assert (one != other) is has_target
    assert (LOSSES[loss].d_formula(1.0) != LOSSES[loss].d_formula(0.8)) is has_target
    unused = FAMILY.unused(GanConfig(loss=loss), POINTS.spec)
    assert ("label_smoothing" in unused) is not has_target


@pytest.mark.parametrize("loss", LOSSES)
def test_at_the_boundary_d_is_undecided(loss: str) -> None:
    boundary = {"least_squares": 0.5, "wasserstein": None}.get(loss, 0.0)
    assert LOSSES[loss].scores.boundary == boundary
    if LOSSES[loss].scores.share is not None:
        assert LOSSES[loss].real_share(np.array(boundary)) == 0.5
    middle = boundary or 0.0
    right = LOSSES[loss].d_accuracy(middle + np.array([1.0, 2.0, -1.0, 3.0]), middle - np.array([1.0, 2.0, 3.0, 4.0]))
    assert right == (0.75 if boundary is None else 0.875)


@pytest.mark.parametrize(
    ("loss", "reading"),
    [
        ("hinge", "above 0 means real"),
        ("least_squares", "above 0.5 means real"),
        ("wasserstein", "only differences between scores count"),
    ],
)
def test_the_program_says_how_a_score_is_read(loss: str, reading: str) -> None:
    titles = [part.title for part in FAMILY.program(replace(PRESETS["ring"].config, loss=loss), POINTS)]
    assert f"Discriminator: from examples to scores; {reading}" in titles


def test_an_unknown_loss_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"no GAN loss 'other'.*one of non_saturating"):
        find_loss("other")


@pytest.mark.parametrize("loss", LOSSES)
def test_a_score_that_is_far_out_gives_numbers_and_slopes(loss: str) -> None:
    scores = tensor(EXTREME)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(scores)
        d_loss = OBJECTIVES[loss].of_discriminator(scores, scores, 0.9)
        g_loss = OBJECTIVES[loss].of_generator(scores)
    for value in (d_loss, g_loss, tape.gradient(d_loss, scores), tape.gradient(g_loss, scores)):
        assert np.isfinite(value.numpy()).all()


@pytest.mark.parametrize(("loss", "pulls"), [("minimax", False), ("non_saturating", True)])
def test_when_d_is_sure_only_the_non_saturating_loss_pulls(loss: str, pulls: bool) -> None:
    score = tf.constant([-12.0])
    with tf.GradientTape() as tape:
        tape.watch(score)
        value = OBJECTIVES[loss].of_generator(score)
    assert bool(abs(float(tape.gradient(value, score)[0])) > 0.9) is pulls


# The slope of D, against differences

WEIGHTS = CHANCE.normal(size=(6, 4))
SCALE = 3.0


def score(x: tf.Tensor) -> tf.Tensor:
    """A small smooth network: examples (n, 2, 3) -> (n,)."""
    flat = tf.reshape(x, (-1, 6))
    return tf.reduce_sum(tf.tanh(flat @ tf.constant(WEIGHTS, flat.dtype)), 1)


def slopes_by_differences(x: np.ndarray) -> np.ndarray:
    found = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[place] = 1e-5
        above, below = (score(tf.constant(x + sign * step))[place[0]].numpy() for sign in (1, -1))
        found[place] = (above - below) / 2e-5
    return SCALE * np.sqrt((found.reshape(len(x), -1) ** 2).sum(1))


def examples() -> tuple[np.ndarray, np.ndarray]:
    return CHANCE.normal(size=(5, 2, 3)), CHANCE.normal(size=(5, 2, 3))


def test_slopes_are_those_of_small_differences() -> None:
    x, _ = examples()
    np.testing.assert_allclose(slopes(score, tensor(x), SCALE), slopes_by_differences(x), rtol=1e-4)


def test_the_gradient_penalty_is_measured_between_real_and_made_ones() -> None:
    real, fake = examples()
    shares = CHANCE.uniform(size=5)
    between = shares[:, None, None] * real + (1 - shares)[:, None, None] * fake
    wanted = ((slopes_by_differences(between) - 1) ** 2).mean()
    found = gradient_penalty(score, tensor(real), tensor(fake), tensor(shares), SCALE)
    assert float(found) == pytest.approx(wanted, rel=1e-4)


def test_r1_is_measured_at_the_real_ones() -> None:
    real, _ = examples()
    wanted = 0.5 * (slopes_by_differences(real) ** 2).mean()
    assert float(r1_penalty(score, tensor(real), SCALE)) == pytest.approx(wanted, rel=1e-4)


def test_the_gradient_penalty_can_be_trained_by() -> None:
    """Its gradient by D's weight, against differences."""
    real, fake = (tensor(part) for part in examples())
    shares = tensor(CHANCE.uniform(size=5))

    def penalty(weight: tf.Tensor) -> tf.Tensor:
        return gradient_penalty(lambda x: score(x * weight), real, fake, shares, SCALE)

    weight = tf.Variable(0.7)
    with tf.GradientTape() as tape:
        value = penalty(weight)
    differences = (float(penalty(tf.constant(0.71))) - float(penalty(tf.constant(0.69)))) / 0.02
    assert float(tape.gradient(value, weight)) == pytest.approx(differences, rel=1e-2)
