"""GAN losses and penalties as TensorFlow functions.

Scores are float32 (n,), before any sigmoid; losses are float32 scalars.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import tensorflow as tf

Loss = Callable[[tf.Tensor], tf.Tensor]


@dataclass(frozen=True)
class Objectives:
    """What D and G minimise.

    Args:
        of_discriminator: From D's scores of real and of generated examples, and the target of real ones (1 without
            label smoothing).
        of_generator: From D's scores of generated examples.
    """

    of_discriminator: Callable[[tf.Tensor, tf.Tensor, float], tf.Tensor]
    of_generator: Loss


def _cross_entropy(scores: tf.Tensor, target: float) -> tf.Tensor:
    """Return the mean of -t log D - (1 - t) log(1 - D), where D is the sigmoid of the score."""
    return tf.reduce_mean(target * tf.nn.softplus(-scores) + (1 - target) * tf.nn.softplus(scores))


def _cross_entropies(real: tf.Tensor, fake: tf.Tensor, target: float) -> tf.Tensor:
    return _cross_entropy(real, target) + _cross_entropy(fake, 0.0)


def _negative_mean(fake: tf.Tensor) -> tf.Tensor:
    return -tf.reduce_mean(fake)


OBJECTIVES = {  # by key of `core.families.gan.losses.LOSSES`, which names the sources
    "non_saturating": Objectives(_cross_entropies, lambda fake: tf.reduce_mean(tf.nn.softplus(-fake))),
    "minimax": Objectives(_cross_entropies, lambda fake: -tf.reduce_mean(tf.nn.softplus(fake))),
    "least_squares": Objectives(
        lambda real, fake, target: 0.5 * tf.reduce_mean((real - target) ** 2) + 0.5 * tf.reduce_mean(fake**2),
        lambda fake: 0.5 * tf.reduce_mean((fake - 1) ** 2),
    ),
    "hinge": Objectives(
        lambda real, fake, target: tf.reduce_mean(tf.nn.relu(1 - real)) + tf.reduce_mean(tf.nn.relu(1 + fake)),
        _negative_mean,
    ),
    "wasserstein": Objectives(
        lambda real, fake, target: tf.reduce_mean(fake) - tf.reduce_mean(real),
        _negative_mean,
    ),
}


def slopes(score: Loss, examples: tf.Tensor, scale: float) -> tf.Tensor:
    """Return the norm of D's gradient with respect to each example, float32 (n,).

    Args:
        score: Maps examples to scores; each score must depend on its own example only.
        examples: Examples (n, ...).
        scale: Size of one network input unit, such as 127.5 for pixels.
    """
    with tf.GradientTape() as tape:
        tape.watch(examples)
        total = tf.reduce_sum(score(examples))
    gradient = tf.reshape(tape.gradient(total, examples), (tf.shape(examples)[0], -1)) * scale
    return tf.sqrt(tf.reduce_sum(gradient**2, 1) + 1e-12)


def gradient_penalty(score: Loss, real: tf.Tensor, fake: tf.Tensor, shares: tf.Tensor, scale: float) -> tf.Tensor:
    """Return the mean of (slope - 1)^2 between real and generated examples.

    Args:
        score, scale: As in `slopes`.
        real, fake: Examples (n, ...).
        shares: Weight of the real example in each mixture, float32 (n,), 0 to 1.

    Source: Gulrajani et al., Improved training of Wasserstein GANs, 2017.
    """
    shares = tf.reshape(shares, (-1, *[1] * (len(real.shape) - 1)))
    return tf.reduce_mean((slopes(score, shares * real + (1 - shares) * fake, scale) - 1) ** 2)


def r1_penalty(score: Loss, real: tf.Tensor, scale: float) -> tf.Tensor:
    """Return half the mean squared slope at real examples (Mescheder et al., 2018)."""
    return 0.5 * tf.reduce_mean(slopes(score, real, scale) ** 2)
