"""One GAN step in numbers: loss formulas filled with D's scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.families.gan.losses import find_loss


@dataclass(frozen=True)
class Loss:
    """The loss of one network.

    Args:
        formula: LaTeX formula.
        filled: The same with numbers.
        value: Result, without penalties.
    """

    formula: str
    filled: str
    value: float


def d_loss(loss: str, real: np.ndarray, fake: np.ndarray, smoothing: float) -> Loss:
    """Return D's loss from its scores of real and generated examples.

    Args:
        loss: Key of `core.families.gan.losses.LOSSES`.
        real, fake: Scores before any sigmoid, float (n,).
        smoothing: One-sided label smoothing, 0 to 1.

    Raises:
        ConfigError: There is no such loss.
    """
    objective, target = find_loss(loss), 1 - smoothing
    parts = objective.d_parts(real, fake, target)
    value = float(sum(parts))
    return Loss(
        rf"L_D = {objective.d_formula(target)}", rf"L_D = {_say(parts[0])} {_plus(parts[1])} = {_say(value)}", value
    )


def g_loss(loss: str, fake: np.ndarray) -> Loss:
    """Return G's loss from D's scores of generated examples, float (n,), before any sigmoid.

    Raises:
        ConfigError: There is no such loss.
    """
    objective = find_loss(loss)
    value = float(objective.g_value(fake))
    return Loss(rf"L_G = {objective.g_formula}", rf"L_G = {_say(value)}", value)


def _say(value: float) -> str:
    return f"{value:.3f}"


def _plus(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value):.3f}"
