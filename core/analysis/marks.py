"""What happened to a run, told at the step where it happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import Config
from core.schedule.rates import learning_rates
from core.store.metrics import Point

PEAK = 2.0  # times the untrained network's loss, from which on a peak is told
WORSE = 1.02  # times the lowest validation loss, from which on later ones are worse
LEAST_VALIDATIONS = 3
DEAD_SHARE = 0.1  # of a layer's maps or units, from which on dead ones are told
FEW = 10  # updates whose mean loss is compared, as each alone is noisy


NONE: Mapping[int, Mapping[str, np.ndarray]] = {}


@dataclass(frozen=True)
class Mark:
    """Something that happened to a run.

    Args:
        step: Number of updates after which it happened.
        text: What happened, in a few words.
    """

    step: int
    text: str


def marks_of(
    config: Config, total_steps: int, points: Sequence[Point], dead: Mapping[int, Mapping[str, np.ndarray]] = NONE
) -> list[Mark]:
    """Return what happened to a run so far, sorted by step.

    Args:
        config: Its settings.
        total_steps: Updates of the whole run.
        points: Its metrics so far, sorted by step.
        dead: By the step of each snapshot, sorted, and the layer: which of its filters (1, 1, n) or units (n,) are
            dead, that is 0 for every example that the snapshot looked at.
    """
    last = points[-1].step if points else -1
    found = (*_peak(points), *_rates(config, total_steps), *_validation(points), *_dead(dead))
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


def _dead(dead: Mapping[int, Mapping[str, np.ndarray]]) -> Iterator[Mark]:
    """Tell of each layer where many more of its maps or units are dead than at first, by chance, and where all are."""
    told: dict[str, int] = {}
    first = next(iter(dead.values()), {})
    for step, layers in dead.items():
        for layer, are_dead in layers.items():
            count, total = int(are_dead.sum()), are_dead.size
            by_chance = int(first[layer].sum()) if layer in first else 0
            is_first = layer not in told and count - by_chance >= max(1, DEAD_SHARE * total)
            if is_first or (count == total > told.get(layer, total)):
                told[layer] = count
                which = f"all {total}" if count == total else f"{count} of {total}"
                noun = "filters" if are_dead.ndim == 3 else "units"
                yield Mark(step, f"{which} {noun} of {layer} are dead: 0 for every example looked at")
