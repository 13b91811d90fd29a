"""What happened to a run, told at the step where it happened."""

from __future__ import annotations

import math
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
    found = (*_peak(points), *_rates(config, total_steps), *_validation(points), *_counting(points), *_dead(dead))
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


def _counting(points: Sequence[Point]) -> Iterator[Mark]:
    """Tell where the validation loss falls below what counting reaches, such as `nats_5gram` of step 0."""
    counted = points[0].values if points else {}
    for name in (name for name in counted if name.startswith("nats_") and name.endswith("gram")):
        below = (point.step for point in points if point.values.get("val_loss", math.inf) < counted[name])
        if (step := next(below, None)) is not None:
            order = name.removeprefix("nats_").removesuffix("gram")
            yield Mark(step, f"it beats the {order}-gram, which only counts, on texts held back")


def _dead(dead: Mapping[int, Mapping[str, np.ndarray]]) -> Iterator[Mark]:
    """Tell of each layer where many of its filters or units die for good, and where all do."""
    newest = list(dead.values())[-1] if dead else {}
    for layer in newest:
        for step, count in _thresholds(dead, layer, newest[layer].size):
            which = f"all {count}" if count == newest[layer].size else f"{count} of {newest[layer].size}"
            noun = "filters" if newest[layer].ndim == 3 else "units"
            yield Mark(step, f"{which} {noun} of {layer} are dead from here on: 0 for every example looked at")


def _thresholds(dead: Mapping[int, Mapping[str, np.ndarray]], layer: str, total: int) -> Iterator[tuple[int, int]]:
    """Yield the first snapshots at which enough and all of a layer are dead until now, and how many; never the last."""
    counts: dict[int, int] = {}
    lasting = np.array(True)
    for step, layers in reversed(list(dead.items())):
        lasting = lasting & layers[layer]
        counts[step] = int(lasting.sum())
    before = list(dead)[:-1]
    firsts = (next((s for s in before if counts[s] >= n), None) for n in (max(1, math.ceil(DEAD_SHARE * total)), total))
    yield from ((step, counts[step]) for step in dict.fromkeys(firsts) if step is not None)
