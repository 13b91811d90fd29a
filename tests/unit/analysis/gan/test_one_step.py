import re

import numpy as np
import pytest
import tensorflow as tf

from core.analysis.gan.one_step import d_loss, g_loss
from core.families.gan.config import LOSSES
from core.training.gan.losses import of_discriminator, of_generator

CHANCE = np.random.default_rng(3)
REAL, FAKE = CHANCE.normal(1, 2, 8), CHANCE.normal(-1, 2, 8)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_numbers_are_those_of_training(loss: str, smoothing: float) -> None:
    real, fake = (tf.constant(scores, tf.float32) for scores in (REAL, FAKE))
    of_d, of_g = d_loss(loss, REAL, FAKE, smoothing), g_loss(loss, FAKE)
    assert of_d.value == pytest.approx(float(of_discriminator(loss, real, fake, 1 - smoothing)), rel=1e-5)
    assert of_g.value == pytest.approx(float(of_generator(loss, fake)), rel=1e-5)
    assert of_d.filled.endswith(f"{of_d.value:.3f}")
    assert of_g.filled.endswith(f"{of_g.value:.3f}")


@pytest.mark.parametrize("loss", LOSSES)
def test_the_parts_add_up(loss: str) -> None:
    filled = d_loss(loss, REAL, FAKE, 0.1).filled
    first, sign, second, total = re.fullmatch(r"L_D = (\S+) ([+-]) (\S+) = (\S+)", filled).groups()  # type: ignore[union-attr]
    assert float(first) + float(sign + second) == pytest.approx(float(total), abs=0.002)


def test_extreme_scores_give_numbers() -> None:
    far = np.array([-800.0, 800.0])
    assert np.isfinite(d_loss("non_saturating", far, far, 0.1).value)
    assert np.isfinite(g_loss("minimax", far).value)
