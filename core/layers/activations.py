"""The functions that bend a layer's sums, and their slopes, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

LEAK = 0.2  # slope of Keras' leaky_relu below 0
Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """An activation.

    Args:
        apply: The function, of any array.
        slope: Its derivative; where there is none, what TensorFlow takes.
        steepest: The largest slope.
    """

    apply: Function
    slope: Function
    steepest: float = 1.0


def _sigmoid(z: np.ndarray) -> np.ndarray:
    small = np.exp(-np.abs(z))  # at most 1, so nothing overflows
    found: np.ndarray = np.where(z < 0, small, 1.0) / (1 + small)
    return found


def _silu_slope(z: np.ndarray) -> np.ndarray:
    share = _sigmoid(z)
    found: np.ndarray = share * (1 + z * (1 - share))
    return found


def _normal_share(z: np.ndarray) -> np.ndarray:
    """Return how much of a standard normal distribution lies below."""
    from scipy.special import ndtr

    share: np.ndarray = ndtr(z)
    return share


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    return _normal_share(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def _below_zero(z: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.minimum(z, 0)  # so that exp overflows nowhere
    return found


# Largest slopes of gelu and silu: at sqrt(2) and about 2.4.
ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    "leaky_relu": Activation(lambda z: np.where(z > 0, z, LEAK * z), lambda z: np.where(z > 0, 1.0, LEAK)),
    "elu": Activation(
        lambda z: np.where(z >= 0, z, np.expm1(_below_zero(z))), lambda z: np.where(z >= 0, 1.0, np.exp(_below_zero(z)))
    ),
    "gelu": Activation(lambda z: z * _normal_share(z), _gelu_slope, 1.13),
    "silu": Activation(lambda z: z * _sigmoid(z), _silu_slope, 1.1),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "sigmoid": Activation(_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z)), 0.25),
    "softplus": Activation(lambda z: np.logaddexp(z, 0), _sigmoid),
    "linear": Activation(lambda z: z, np.ones_like),
}
