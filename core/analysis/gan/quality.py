"""How good are generated images? What a classifier of the real ones sees in them, beside what it sees in real ones."""

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

# Of its fair share: a class said ten times as rarely as it should be is as good as missing, and what a classifier says
# by mistake (1 or 2 in 100) does not make a missing one of ten covered.
LEAST = 0.2
_NO_SHARES = 1e-3  # float32 probabilities sum to 1 within that


@dataclass(frozen=True)
class Coverage:
    """Which classes generated samples show, as a classifier sees them. It must name one, even for noise.

    Args:
        shares: Share of the samples of each class.
        covered: Classes with at least the least share.
        missing: Those without, rising.
        confidence: Mean probability of the class that was said, 0 to 1: low if samples look like none.
        unevenness: Total variation from the fair shares, 0 to 1: the share of the samples that would have to be of
            another class.
    """

    shares: tuple[float, ...]
    covered: int
    missing: tuple[int, ...]
    confidence: float
    unevenness: float


@dataclass(frozen=True)
class Judgement:
    """All numbers of one moment of a generator; each floor is what other real images get, so no one can do better.

    Args:
        samples: Generated samples, and other real ones, that were compared.
        frechet: Fréchet distance of their features from those of real images; lower is better.
        frechet_interval: Its 95 % interval.
        frechet_floor: The same between real images.
        kernel, kernel_floor: Kernel distance; lower is better.
        precision, precision_floor: Share of the samples that look real.
        recall, recall_floor: Share of the real images that the samples come near to.
        score: Supervised score, 1 to the number of classes; higher is better.
        coverage: Which classes they show.
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
        """Return what JSON can hold."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Judgement:
        """Read what `to_dict` gave, also after it was JSON.

        Raises:
            AnalysisError: Another version wrote it, or it is damaged.
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
    """Compare generated samples with real images, and other real images with the same ones.

    Args:
        real_features: Features of real images, float32 (n, d).
        fake_features: Of generated samples (m, d).
        fake_probabilities: The classifier's answers to these, (m, classes).
        floor_features: Of real images that are not among the n, (h, d). As many of these are compared as of the
            samples, drawn at random from the longer one, as the Fréchet distance depends on how many there are.
        seed: Of all that is drawn.
        fair: Share that each class should have; even ones if not given.

    Raises:
        AnalysisError: There is too little of something, or it does not fit the rest.
    """
    real = checked_rows("real features", real_features)
    every, others = (
        checked_rows(what, rows, NEIGHBOURS + 1, real.shape[1])
        for what, rows in (("generated features", fake_features), ("held-out features", floor_features))
    )
    if len(every) != len(fake_probabilities):
        received = f"{len(every):,} and {len(fake_probabilities):,}"
        raise AnalysisError("each sample needs features and probabilities", expected="as many", received=received)
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
    """Return how clearly samples show a class and how many classes they show: 1 (one, or none clearly) to all.

    The exponential of the mean divergence of each answer from the mean answer. It knows nothing of real images: one
    perfect sample of each class gets the highest score.

    Args:
        probabilities: A classifier's answers (n, classes).

    Raises:
        AnalysisError: They are no probabilities.

    Source: Salimans et al., Improved techniques for training GANs, 2016, section 4 (the Inception score, in one split).
    """
    each = _checked(probabilities)
    mean = each.mean(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(each > 0, each * np.log(each / mean), 0)
    return float(np.exp(terms.sum(1).mean()))


def coverage(probabilities: np.ndarray, fair: Sequence[float] | None = None, least: float = LEAST) -> Coverage:
    """Count the classes that samples show.

    Args:
        probabilities: A classifier's answers (n, classes).
        fair: Share that each class should have, such as that of the training images; even ones if not given.
        least: Part of its fair share from which on a class is covered, 0 to 1.

    Raises:
        AnalysisError: They are no probabilities, or do not fit the shares.
    """
    each = _checked(probabilities)
    classes = each.shape[1]
    expected = np.full(classes, 1 / classes) if fair is None else np.asarray(fair, float)
    if expected.shape != (classes,) or not (expected >= 0).all() or abs(expected.sum() - 1) > _NO_SHARES:
        raise AnalysisError("the fair shares do not fit", expected=f"{classes} that sum to 1", received=f"{fair}")
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
        raise AnalysisError("these are no probabilities", expected="from 0 up, a sum of 1 each", received=received)
    return each


def _drawn(rows: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    return rows if len(rows) == count else rows[np.sort(generator.choice(len(rows), count, replace=False))]


def _known(kind: type, values: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, which must all be there and no others."""
    names = {field.name for field in fields(kind)}
    received = set(values) if isinstance(values, Mapping) else set()
    if received != names:
        wrong = ", ".join(sorted(received ^ names))
        raise AnalysisError("a stored judgement cannot be read", received=f"missing or unknown: {wrong}")
    return dict(values)
