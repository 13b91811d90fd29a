"""How the error falls with the number of training examples: a power law, and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import AnalysisError

FEWEST = 4  # numbers of examples: the law has three parameters
DRAWS = 200  # repeated fits; enough for the ends of a 95 % interval
EXPONENTS = np.linspace(0.01, 2.0, 200)  # those tried; measured ones lie between 0.1 and 1
SURE = (2.5, 97.5)  # percentiles
TINY = 1e-6  # least standard deviation


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """The law `error = floor + scale * (examples / first) ** -exponent`.

    Args:
        first: The smallest number of examples measured.
        fitted: Floor, scale and exponent, (3,).
        draws: The same, fitted to repeated draws of the measured errors, (draws, 3).
    """

    first: float
    fitted: np.ndarray
    draws: np.ndarray

    def error(self, examples: Sequence[float] | np.ndarray) -> np.ndarray:
        """Return the error at numbers of examples (n,)."""
        return _law(np.asarray(examples, np.float64) / self.first, *self.fitted)

    def interval(self, examples: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the 95 % interval of the error at numbers of examples, (n,) each."""
        sizes = np.asarray(examples, np.float64)[None] / self.first
        floor, scale, exponent = (self.draws[:, [column]] for column in range(3))
        low, high = np.percentile(_law(sizes, floor, scale, exponent), SURE, axis=0)
        return low, high


def fit_power_law(
    examples: Sequence[float], errors: Sequence[float], deviations: Sequence[float], seed: int = 0
) -> PowerLaw:
    """Fit the law to measured errors.

    Its uncertainty comes from fits to errors drawn around the law, as far as their standard deviations say; if the
    measured errors lie further from the law than these explain, as other seeds would, correspondingly further.

    Args:
        examples: Numbers of training examples, at least four, all different.
        errors: The error after each, 0 or more.
        deviations: Standard deviation of each error.
        seed: Seed of the draws.

    Raises:
        AnalysisError: There are too few numbers of examples.
    """
    sizes, measured = np.asarray(examples, np.float64), np.asarray(errors, np.float64)
    if len(np.unique(sizes)) < FEWEST:
        raise AnalysisError(
            "a learning curve cannot be fitted",
            expected=f"at least {FEWEST} numbers of examples",
            received=str(len(np.unique(sizes))),
        )
    spread = np.maximum(np.asarray(deviations, np.float64), TINY)
    ratio = sizes / sizes.min()
    [fitted] = _fit(ratio, measured[None], spread)
    law = _law(ratio, *fitted)
    misfit = np.sqrt(np.sum(((measured - law) / spread) ** 2) / max(1, len(sizes) - len(fitted)))
    noise = np.random.default_rng(seed).normal(size=(DRAWS, len(sizes))) * spread * max(1.0, misfit)
    return PowerLaw(float(sizes.min()), fitted, _fit(ratio, law + noise, spread))


def _law(ratio: np.ndarray, floor: Any, scale: Any, exponent: Any) -> np.ndarray:
    law: np.ndarray = floor + scale * ratio**-exponent
    return law


def _fit(ratio: np.ndarray, errors: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return floor, scale and exponent, (k, 3), of the least squares for errors (k, n).

    For a given exponent the law is linear, and its floor and scale, neither of them negative, are known in closed form.
    """
    weights = 1 / spread**2
    powers = ratio[None] ** -EXPONENTS[:, None]  # (exponents, n)
    total, once, twice = weights.sum(), powers @ weights, powers**2 @ weights
    mean, along = (errors @ weights)[:, None], (errors * weights) @ powers.T  # (k, 1), (k, exponents)
    scale = np.maximum(0, (total * along - once * mean) / (total * twice - once**2))
    floor = (mean - scale * once) / total
    scale = np.where(floor < 0, np.maximum(0, along / twice), scale)
    floor = np.maximum(0, floor)
    loss = (floor**2 * total + 2 * floor * scale * once + scale**2 * twice) - 2 * (floor * mean + scale * along)
    best = loss.argmin(axis=1)
    rows = np.arange(len(errors))
    return np.stack([floor[rows, best], scale[rows, best], EXPONENTS[best]], axis=1)
