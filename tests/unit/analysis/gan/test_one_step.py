import re

import numpy as np
import pytest

from core.analysis.gan.one_step import d_loss, g_loss
from core.errors import ConfigError
from core.families.gan.losses import LOSSES

CHANCE = np.random.default_rng(3)
REAL, FAKE = CHANCE.normal(1, 2, 8), CHANCE.normal(-1, 2, 8)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_numbers_are_those_of_the_loss(loss: str) -> None:
    of_d, of_g = d_loss(loss, REAL, FAKE, 0.1), g_loss(loss, FAKE)
    assert of_d.value == pytest.approx(sum(LOSSES[loss].d_parts(REAL, FAKE, 0.9)))
    assert of_g.value == pytest.approx(LOSSES[loss].g_value(FAKE))
    assert of_d.filled.endswith(f"{of_d.value:.3f}")
    assert of_g.filled.endswith(f"{of_g.value:.3f}")


def test_an_unknown_loss_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no GAN loss 'other'"):
        d_loss("other", REAL, FAKE, 0.0)
    with pytest.raises(ConfigError, match="no GAN loss 'other'"):
        g_loss("other", FAKE)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_parts_add_up(loss: str) -> None:
    filled = d_loss(loss, REAL, FAKE, 0.1).filled
    first, sign, second, total = re.fullmatch(r"L_D = (\S+) ([+-]) (\S+) = (\S+)", filled).groups()  # type: ignore[union-attr]
    assert float(first) + float(sign + second) == pytest.approx(float(total), abs=0.002)


def test_extreme_scores_give_numbers() -> None:
    far = np.array([-800.0, 800.0])
    assert np.isfinite(d_loss("non_saturating", far, far, 0.1).value)
    assert np.isfinite(g_loss("minimax", far).value)
