"""The parts of a chain of dense layers: each computes forward, and passes a gradient backward."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from core.layers.activations import ACTIVATIONS

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Part(ABC):
    """One computation.

    Args:
        name: Of the Keras layer that it belongs to.
        weights: What is trained, float64, in Keras' order.
    """

    name: str
    weights: Weights

    def with_weights(self, values: Sequence[np.ndarray]) -> Self:
        """Return the same computation with other weights."""
        return replace(self, weights=dict(zip(self.weights, values, strict=True)))

    @abstractmethod
    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return what becomes of examples (n, numbers)."""

    @abstractmethod
    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the gradient with respect to x (n, numbers), from the one with respect to `forward(x)`."""

    def slope(self, x: np.ndarray) -> np.ndarray | None:
        """Return each unit's own derivative (n, units); None if units depend on each other."""
        return None

    def gradients(self, x: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
        """Return the gradient of each of the `weights`, summed over the examples."""
        return {}


@dataclass(frozen=True, eq=False)
class Linear(Part):
    """The weighted sums of a dense layer: `kernel` (inputs, units), and `bias` (units,) if it has one."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return z = sum of w a, + b."""
        z: np.ndarray = x @ self.weights["kernel"] + self.weights.get("bias", 0.0)
        return z

    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return what each input's weights bring back."""
        back: np.ndarray = given @ self.weights["kernel"].T
        return back

    def gradients(self, x: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
        """Return delta times a, and delta."""
        both = {"kernel": x.T @ given, "bias": given.sum(0)}
        return {name: both[name] for name in self.weights}


@dataclass(frozen=True, eq=False)
class Bend(Part):
    """An activation, by its name in Keras."""

    function: str

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return a = f(z)."""
        return ACTIVATIONS[self.function].apply(x)

    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the gradient times the slope."""
        return given * ACTIVATIONS[self.function].slope(x)

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return f'(z)."""
        return ACTIVATIONS[self.function].slope(x)


@dataclass(frozen=True, eq=False)
class Scale(Part):
    """What rescales each number and learns nothing: x times `factor`, + `shift`."""

    factor: np.ndarray
    shift: np.ndarray

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the numbers rescaled."""
        made: np.ndarray = x * self.factor + self.shift
        return made

    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the gradient times the factor."""
        back: np.ndarray = given * self.factor
        return back

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return the factor."""
        return np.broadcast_to(self.factor, x.shape)


@dataclass(frozen=True, eq=False)
class BatchNorm(Part):
    """Batch normalisation as a network answers with it: by its moving `mean` and the root of its moving variance."""

    mean: np.ndarray
    deviation: np.ndarray

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return gamma times the normalised numbers, + beta."""
        return self._normal(x) * self.weights.get("gamma", 1.0) + self.weights.get("beta", 0.0)

    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the gradient times the slope."""
        back: np.ndarray = given * self.slope(x)
        return back

    def slope(self, x: np.ndarray) -> np.ndarray:
        """Return gamma over the deviation."""
        return np.broadcast_to(self.weights.get("gamma", 1.0) / self.deviation, x.shape)

    def gradients(self, x: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
        """Return those of gamma and beta."""
        both = {"gamma": (given * self._normal(x)).sum(0), "beta": given.sum(0)}
        return {name: both[name] for name in self.weights}

    def _normal(self, x: np.ndarray) -> np.ndarray:
        normal: np.ndarray = (x - self.mean) / self.deviation
        return normal


@dataclass(frozen=True, eq=False)
class LayerNorm(Part):
    """Layer normalisation: the numbers of each example get mean 0 and deviation 1.

    Source: Ba et al., Layer normalization, 2016, equation 4.
    """

    epsilon: float

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return gamma times the normalised numbers, + beta."""
        return self._normal(x)[0] * self.weights.get("gamma", 1.0) + self.weights.get("beta", 0.0)

    def backward(self, x: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the gradient, less what shifting or stretching all numbers together would change."""
        normal, deviation = self._normal(x)
        inner = given * self.weights.get("gamma", 1.0)
        both = inner.mean(1, keepdims=True) + normal * (inner * normal).mean(1, keepdims=True)
        back: np.ndarray = (inner - both) / deviation
        return back

    def gradients(self, x: np.ndarray, given: np.ndarray) -> dict[str, np.ndarray]:
        """Return those of gamma and beta."""
        both = {"gamma": (given * self._normal(x)[0]).sum(0), "beta": given.sum(0)}
        return {name: both[name] for name in self.weights}

    def _normal(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        deviation = np.sqrt(x.var(1, keepdims=True) + self.epsilon)
        return (x - x.mean(1, keepdims=True)) / deviation, deviation
