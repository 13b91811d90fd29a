"""One GAN step in numbers: loss formulas filled with D's scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


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


def _log_sigmoid(scores: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0.0, -scores.astype(np.float64))


def d_loss(loss: str, real: np.ndarray, fake: np.ndarray, smoothing: float) -> Loss:
    """Return D's loss from its scores of real and generated examples.

    Args:
        loss: Key of `core.families.gan.config.LOSSES`.
        real, fake: Scores before any sigmoid, float (n,).
        smoothing: One-sided label smoothing, 0 to 1.
    """
    target = 1 - smoothing
    if loss == "least_squares":
        parts = (0.5 * ((real - target) ** 2).mean(), 0.5 * (fake**2).mean())
        formula = rf"\tfrac12\,\overline{{(D(x)-{target:g})^2}} + \tfrac12\,\overline{{D(G(z))^2}}"
    elif loss == "hinge":
        parts = (np.maximum(0, 1 - real).mean(), np.maximum(0, 1 + fake).mean())
        formula = r"\overline{\max(0,\,1-D(x))} + \overline{\max(0,\,1+D(G(z)))}"
    elif loss == "wasserstein":
        parts = (-real.mean(), fake.mean())
        formula = r"-\overline{D(x)} + \overline{D(G(z))}"
    else:
        on_real = -(target * _log_sigmoid(real) + (1 - target) * _log_sigmoid(-real)).mean()
        parts = (on_real, -_log_sigmoid(-fake).mean())
        sure = rf"{target:g}\," if smoothing else ""
        doubt = rf" - {smoothing:g}\,\overline{{\ln(1-D(x))}}" if smoothing else ""
        formula = rf"-{sure}\overline{{\ln D(x)}}{doubt} - \overline{{\ln(1-D(G(z)))}}"
    value = float(sum(parts))
    return Loss(rf"L_D = {formula}", rf"L_D = {_say(parts[0])} {_plus(parts[1])} = {_say(value)}", value)


def g_loss(loss: str, fake: np.ndarray) -> Loss:
    """Return G's loss from D's scores of generated examples, float (n,), before any sigmoid."""
    formulas: dict[str, tuple[str, Callable[[], float]]] = {
        "non_saturating": (r"-\overline{\ln D(G(z))}", lambda: float(-_log_sigmoid(fake).mean())),
        "minimax": (r"\overline{\ln(1-D(G(z)))}", lambda: float(_log_sigmoid(-fake).mean())),
        "least_squares": (r"\tfrac12\,\overline{(D(G(z))-1)^2}", lambda: float(0.5 * ((fake - 1) ** 2).mean())),
        "hinge": (r"-\overline{D(G(z))}", lambda: float(-fake.mean())),
        "wasserstein": (r"-\overline{D(G(z))}", lambda: float(-fake.mean())),
    }
    formula, count = formulas[loss]
    value = count()
    return Loss(rf"L_G = {formula}", rf"L_G = {_say(value)}", value)


def _say(value: float) -> str:
    return f"{value:.3f}"


def _plus(value: float) -> str:
    return f"{'-' if value < 0 else '+'} {abs(value):.3f}"
