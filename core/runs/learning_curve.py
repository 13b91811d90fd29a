"""The learning curve of a group whose runs differ in the number of training examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.analysis.compare.learning_curve import FEWEST, PowerLaw, fit_power_law
from core.datasets import find_dataset
from core.errors import ArtifactError
from core.runs.group import Group
from core.store import Run, Store


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """The error on the test examples after training on more and more examples.

    Args:
        examples: Numbers of training examples, those held back for validation left out, ascending.
        errors: The error after each: the share answered wrongly, or the share of the variance left unexplained.
        deviations: Standard deviation of each, by the luck of the test examples.
        runs: The run of each.
        law: The law fitted to them; None with too few.
    """

    examples: tuple[int, ...]
    errors: tuple[float, ...]
    deviations: tuple[float, ...]
    runs: tuple[Run, ...]
    law: PowerLaw | None


def is_of_data(group: Group) -> bool:
    """Return whether the runs of a group differ in the number of training examples only."""
    return group.names == (group.configs[0].limits_examples,)


def learning_curve(store: Store, group: Group) -> LearningCurve:
    """Return the learning curve of those runs of a group that have been tested."""
    spec = find_dataset(store.settings, group.runs[0].dataset).spec
    points = []
    for run, config in zip(group.runs, group.configs, strict=True):
        if run.status.is_final and (found := _error(store, run)) is not None:
            points.append((config.plan(spec).examples, *found, run))
    points.sort(key=lambda point: point[0])
    examples, errors, deviations, runs = zip(*points, strict=True) if points else ((), (), (), ())
    law = fit_power_law(examples, errors, deviations) if len(set(examples)) >= FEWEST else None
    return LearningCurve(examples, errors, deviations, runs, law)


def _error(store: Store, run: Run) -> tuple[float, float] | None:
    """Return a run's error on the test examples and its standard deviation; None before its test."""
    try:
        answers = store.files(run.id).load_predictions()
    except ArtifactError:
        return None
    truth = answers["y_true"]
    if "probabilities_last" in answers:
        losses = (answers["probabilities_last"].argmax(1) != truth).astype(np.float64)
    else:
        off = answers["values_last"].reshape(len(truth)).astype(np.float64) - truth
        losses = off**2 / max(float(np.var(truth)), 1e-12)  # their mean is 1 - R²
    return float(losses.mean()), float(losses.std() / np.sqrt(len(losses)))
