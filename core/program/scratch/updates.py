"""Optimisers as lines of NumPy: what an update keeps for each array of weights, and what it does with its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.schedule.optimizers import WITH_MOMENTUM

if TYPE_CHECKING:
    from core.families.supervised.config import SupervisedConfig


@dataclass(frozen=True)
class Update:
    """The lines of an optimiser, with Keras' constants.

    Args:
        keeps: Names of the arrays that it keeps for each array of weights, of the same shape.
        lines: What it does with `g`, the gradient of `weights[k]`.
        first: What it computes once an update.
        begin: Value that the arrays begin with.
    """

    keeps: tuple[str, ...]
    lines: str
    first: str = ""
    begin: str = "0"


_ADAM = Update(
    ("m", "v"),
    """\
m[k] += (g - m[k]) * (1 - 0.9)  # running mean of the gradient
v[k] += (g**2 - v[k]) * (1 - 0.999)  # and of its square
weights[k] -= size * m[k] / (np.sqrt(v[k]) + 1e-7)""",
    "size = rate * (1 - 0.999 ** (step + 1)) ** 0.5 / (1 - 0.9 ** (step + 1))  # the means begin at 0",
)
_UPDATES = {
    "adam": _ADAM,
    "adamw": _ADAM,
    "sgd": Update((), "weights[k] -= rate * g"),
    "rmsprop": Update(("v",), "v[k] = 0.9 * v[k] + (1 - 0.9) * g**2\nweights[k] -= rate * g / np.sqrt(v[k] + 1e-7)"),
    "adagrad": Update(("v",), "v[k] += g**2\nweights[k] -= rate * g / np.sqrt(v[k] + 1e-7)", begin="0.1"),
    "adadelta": Update(
        ("v", "d"),
        """\
v[k] = 0.95 * v[k] + (1 - 0.95) * g**2
move = -np.sqrt(d[k] + 1e-7) / np.sqrt(v[k] + 1e-7) * g
d[k] = 0.95 * d[k] + (1 - 0.95) * move**2
weights[k] += rate * move""",
    ),
    "lion": Update(
        ("m",), "weights[k] -= rate * np.sign(0.9 * m[k] + (1 - 0.9) * g)\nm[k] = 0.99 * m[k] + (1 - 0.99) * g"
    ),
}
_MOMENTUM = {
    "sgd": Update(("m",), "m[k] = MOMENTUM * m[k] - rate * g\nweights[k] += m[k]"),
    "nesterov": Update(("m",), "m[k] = MOMENTUM * m[k] - rate * g\nweights[k] += MOMENTUM * m[k] - rate * g"),
    "rmsprop": Update(
        ("v", "m"),
        """\
v[k] = 0.9 * v[k] + (1 - 0.9) * g**2
m[k] = MOMENTUM * m[k] + rate * g / np.sqrt(v[k] + 1e-7)
weights[k] -= m[k]""",
    ),
}


def update_of(config: SupervisedConfig) -> Update | None:
    """Return the lines of a config's optimiser; None if they are not known."""
    if config.optimizer not in WITH_MOMENTUM or not config.momentum:
        return _UPDATES.get(config.optimizer)
    is_ahead = config.optimizer == "sgd" and config.nesterov == "on"
    return _MOMENTUM["nesterov" if is_ahead else config.optimizer]
