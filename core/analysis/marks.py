"""What happened to a run, told at the step where it happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import Config
from core.schedule.rates import learning_rates
from core.store.metrics import Point

PEAK = 2.0  # times the untrained network's loss, from which on a peak is told
WORSE = 1.02  # times the lowest validation loss, from which on later ones are worse
LEAST_VALIDATIONS = 3
FEW = 10  # updates whose mean loss is compared, as each alone is noisy


@dataclass(frozen=True)
class Mark:
    """Something that happened to a run.

    Args:
        step: Number of updates after which it happened.
        text: What happened, in a few words.
    """

    step: int
    text: str


def marks_of(config: Config, total_steps: int, points: Sequence[Point]) -> list[Mark]:
    """Return what happened to a run so far, sorted by step.

    Args:
        config: Its settings.
        total_steps: Updates of the whole run.
        points: Its metrics so far, sorted by step.
    """
    last = points[-1].step if points else -1
    found = (*_peak(points), *_rates(config, total_steps), *_validation(points))
    return sorted((mark for mark in found if mark.step <= last), key=lambda mark: mark.step)


def _peak(points: Sequence[Point]) -> Iterator[Mark]:
    losses = [(point.values["loss"], point.step) for point in points if "loss" in point.values]
    if len(losses) < 2:
        return
    highest, step = max(losses[1:])
    if highest > PEAK * losses[0][0]:
        yield Mark(step, f"the loss peaks at {highest:{',.0f' if highest > 100 else '.3g'}}")


def _rates(config: Config, total_steps: int) -> Iterator[Mark]:
    """Tell where the learning rate begins to fall, or drops."""
    values: dict[str, Any] = config.to_dict()
    schedule = values.get("schedule", "constant")
    if schedule == "constant" or not total_steps:
        return
    rates = learning_rates(schedule, values["learning_rate"], total_steps, values["warmup"])
    if schedule == "step":
        drops = np.flatnonzero(np.diff(rates) < 0) + 1
        yield from (Mark(int(step), f"the learning rate drops to {rates[step]:.2g}") for step in drops)
    elif rates[0] < rates.max():
        lower = np.flatnonzero(np.diff(rates) < 0)[:1] + 1
        yield from (Mark(int(step), f"the learning rate begins to fall, from {rates.max():.2g}") for step in lower)


def _validation(points: Sequence[Point]) -> Iterator[Mark]:
    """Tell where the validation loss was lowest, once later ones are worse."""
    validated = [(point.values["val_loss"], point.step) for point in points if "val_loss" in point.values]
    if len(validated) < LEAST_VALIDATIONS:
        return
    lowest, step = min(validated)
    if validated[-1][0] <= WORSE * lowest:
        return
    later = [point.values["loss"] for point in points if "loss" in point.values and point.step >= step]
    part = max(1, min(len(later) // 2, FEW))
    falls = bool(later) and np.mean(later[-part:]) < np.mean(later[:part])
    yield Mark(step, f"the validation loss is lowest{'; later networks memorise' if falls else ', then rises'}")
