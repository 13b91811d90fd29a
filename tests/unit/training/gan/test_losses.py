import numpy as np
import pytest
import tensorflow as tf

from core.families.gan.config import LOSSES
from core.training.gan.losses import gradient_penalty, of_discriminator, of_generator, r1_penalty, slopes

CHANCE = np.random.default_rng(0)
REAL, FAKE = (CHANCE.normal(size=9) * 2 for _ in range(2))
EXTREME = np.array([-500.0, -30.0, 0.0, 30.0, 500.0])


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0.0, -x)


def d_by_hand(loss: str, real: np.ndarray, fake: np.ndarray, target: float) -> float:
    if loss == "least_squares":
        return 0.5 * ((real - target) ** 2).mean() + 0.5 * (fake**2).mean()
    if loss == "hinge":
        return np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean()
    if loss == "wasserstein":
        return fake.mean() - real.mean()
    on_real = target * log_sigmoid(real) + (1 - target) * log_sigmoid(-real)
    return -on_real.mean() - log_sigmoid(-fake).mean()


def g_by_hand(loss: str, fake: np.ndarray) -> float:
    return {
        "non_saturating": -log_sigmoid(fake).mean(),
        "minimax": log_sigmoid(-fake).mean(),
        "least_squares": 0.5 * ((fake - 1) ** 2).mean(),
        "hinge": -fake.mean(),
        "wasserstein": -fake.mean(),
    }[loss]


def tensor(values: np.ndarray) -> tf.Tensor:
    return tf.constant(values, tf.float32)


@pytest.mark.parametrize("target", [1.0, 0.9, 0.5])
@pytest.mark.parametrize("loss", LOSSES)
def test_each_loss_is_its_formula(loss: str, target: float) -> None:
    d_loss = of_discriminator(loss, tensor(REAL), tensor(FAKE), target)
    assert float(d_loss) == pytest.approx(d_by_hand(loss, REAL, FAKE, target), rel=1e-5)
    assert float(of_generator(loss, tensor(FAKE))) == pytest.approx(g_by_hand(loss, FAKE), rel=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_score_that_is_far_out_gives_numbers_and_slopes(loss: str) -> None:
    scores = tensor(EXTREME)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(scores)
        d_loss, g_loss = of_discriminator(loss, scores, scores, 0.9), of_generator(loss, scores)
    for value in (d_loss, g_loss, tape.gradient(d_loss, scores), tape.gradient(g_loss, scores)):
        assert np.isfinite(value.numpy()).all()


@pytest.mark.parametrize(("loss", "pulls"), [("minimax", False), ("non_saturating", True)])
def test_when_d_is_sure_only_the_non_saturating_loss_pulls(loss: str, pulls: bool) -> None:
    score = tf.constant([-12.0])
    with tf.GradientTape() as tape:
        tape.watch(score)
        value = of_generator(loss, score)
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
