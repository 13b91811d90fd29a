"""Quality of generated images, measured with a classifier trained on real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from core.analysis.gan.sample_distances import (
    NEIGHBOURS,
    bootstrap_interval,
    frechet_distance,
    kernel_distance,
    precision_recall,
)
from core.analysis.vectors import checked_rows
from core.errors import AnalysisError

# Of its fair share: a class far below it counts as missing, and a classifier's mistakes (1 or 2 in 100) do not make a
# missing class out of ten count as covered.
LEAST = 0.2
_NO_SHARES = 1e-3  # tolerance for sums of float32 probabilities


@dataclass(frozen=True)
class Coverage:
    """The classes of generated samples, according to a classifier, which must name one even for noise.

    Args:
        shares: Share of the samples in each class.
        covered: Number of classes with at least the least share.
        missing: The other classes, ascending.
        confidence: Mean probability of the predicted class, 0 to 1; low if samples resemble no class.
        unevenness: Total variation distance from the fair shares, 0 to 1: the share of samples that would have to
            change their class.
    """

    shares: tuple[float, ...]
    covered: int
    missing: tuple[int, ...]
    confidence: float
    unevenness: float


@dataclass(frozen=True)
class Judgement:
    """Quality metrics of a generator at one snapshot.

    Each floor is the value of other real images, the best possible.

    Args:
        samples: Number of generated samples, and of other real ones, compared.
        frechet: Fréchet distance of their features from those of real images; lower is better.
        frechet_interval: Its 95 % interval.
        frechet_floor: The same between real images.
        kernel, kernel_floor: Kernel distance; lower is better.
        precision, precision_floor: Share of the samples that look real.
        recall, recall_floor: Share of the real images that have samples nearby.
        score: Classifier score, 1 to the number of classes; higher is better.
        coverage: Classes of the samples.
    """

    samples: int
    frechet: float
    frechet_interval: tuple[float, float]
    frechet_floor: float
    kernel: float
    kernel_floor: float
    precision: float
    precision_floor: float
    recall: float
    recall_floor: float
    score: float
    coverage: Coverage

    def to_dict(self) -> dict[str, object]:
        """Return a dictionary for JSON."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Judgement:
        """Restore from `to_dict`, also after JSON.

        Raises:
            AnalysisError: The values are damaged or from another version.
        """
        parts = _known(Judgement, values)
        coverage = _known(Coverage, parts["coverage"])
        lists = {name: tuple(coverage[name]) for name in ("shares", "missing")}
        interval = tuple(parts["frechet_interval"])
        return Judgement(**{**parts, "frechet_interval": interval, "coverage": Coverage(**{**coverage, **lists})})


def judge(
    real_features: np.ndarray,
    fake_features: np.ndarray,
    fake_probabilities: np.ndarray,
    *,
    floor_features: np.ndarray,
    seed: int = 0,
    fair: Sequence[float] | None = None,
) -> Judgement:
    """Compare generated samples, and other real images, with the same real images.

    Args:
        real_features: Features of real images, float32 (n, d).
        fake_features: Features of generated samples (m, d).
        fake_probabilities: Probabilities of the samples (m, classes).
        floor_features: Features of other real images (h, d). The larger of samples and other images is subsampled to
            equal size, as the Fréchet distance depends on the size.
        seed: Seed of all random draws.
        fair: Expected share of each class; equal shares by default.

    Raises:
        AnalysisError: There are too few rows, or the arrays do not match.
    """
    real = checked_rows("real features", real_features)
    every, others = (
        checked_rows(what, rows, NEIGHBOURS + 1, real.shape[1])
        for what, rows in (("generated features", fake_features), ("held-out features", floor_features))
    )
    if len(every) != len(fake_probabilities):
        received = f"{len(every):,} and {len(fake_probabilities):,}"
        raise AnalysisError("each sample needs features and probabilities", expected="equally many", received=received)
    count = min(len(every), len(others))
    generator = np.random.default_rng(seed)
    fake, floor = (_drawn(rows, count, generator) for rows in (every, others))
    precision, recall = precision_recall(real, fake)
    precision_floor, recall_floor = precision_recall(real, floor)
    return Judgement(
        samples=count,
        frechet=frechet_distance(real, fake),
        frechet_interval=bootstrap_interval(frechet_distance, (real, fake), seed=seed, centred=True),
        frechet_floor=frechet_distance(real, floor),
        kernel=kernel_distance(real, fake, seed=seed),
        kernel_floor=kernel_distance(real, floor, seed=seed),
        precision=precision,
        precision_floor=precision_floor,
        recall=recall,
        recall_floor=recall_floor,
        score=classifier_score(fake_probabilities),
        coverage=coverage(fake_probabilities, fair),
    )


def classifier_score(probabilities: np.ndarray) -> float:
    """Score how clear and how varied the classes of samples are: 1 to the number of classes.

    The exponential of the mean Kullback-Leibler divergence of the answers from their mean. It ignores real images: one
    perfect sample per class gets the highest score.

    Args:
        probabilities: A classifier's answers (n, classes).

    Raises:
        AnalysisError: The rows are not probabilities.

    Source: Salimans et al., Improved techniques for training GANs, 2016, section 4 (the Inception score, in one split).
    """
    each = _checked(probabilities)
    mean = each.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(each > 0, each * np.log(each / mean), 0)
    return float(np.exp(terms.sum(1).mean()))


def coverage(probabilities: np.ndarray, fair: Sequence[float] | None = None, least: float = LEAST) -> Coverage:
    """Count the classes of samples.

    Args:
        probabilities: A classifier's answers (n, classes).
        fair: Expected share of each class, such as in the training images; equal shares by default.
        least: Part of its fair share that makes a class covered, 0 to 1.

    Raises:
        AnalysisError: The rows are not probabilities, or do not match `fair`.
    """
    each = _checked(probabilities)
    classes = each.shape[1]
    expected = np.full(classes, 1 / classes) if fair is None else np.asarray(fair, float)
    if expected.shape != (classes,) or not (expected >= 0).all() or abs(expected.sum() - 1) > _NO_SHARES:
        raise AnalysisError("the fair shares do not match", expected=f"{classes} that sum to 1", received=f"{fair}")
    shares = np.bincount(each.argmax(1), minlength=classes) / len(each)
    has = shares >= least * expected - 1e-9  # 0.1 × 0.1 is a little above 0.01
    return Coverage(
        shares=tuple(shares.tolist()),
        covered=int(has.sum()),
        missing=tuple(np.flatnonzero(~has).tolist()),
        confidence=float(each.max(1).mean()),
        unevenness=float(np.abs(shares - expected).sum() / 2),
    )


def _checked(probabilities: np.ndarray) -> np.ndarray:
    each = checked_rows("probabilities", probabilities)
    sums = each.sum(1)
    if each.min() < 0 or np.abs(sums - 1).max() > _NO_SHARES:
        received = f"from {each.min():.3g} up, sums of {sums.min():.3g} to {sums.max():.3g}"
        raise AnalysisError("these are not probabilities", expected="from 0 up, a sum of 1 per row", received=received)
    return each


def _drawn(rows: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    return rows if len(rows) == count else rows[np.sort(generator.choice(len(rows), count, replace=False))]


def _known(kind: type, values: Any) -> dict[str, Any]:
    """Return the values for a dataclass; their names must match its fields exactly."""
    names = {field.name for field in fields(kind)}
    received = set(values) if isinstance(values, Mapping) else set()
    if received != names:
        wrong = ", ".join(sorted(received ^ names))
        raise AnalysisError("a stored quality report cannot be read", received=f"missing or unknown: {wrong}")
    return dict(values)
