"""How long a run will take on this server and how much memory, from what earlier runs took; no TensorFlow."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from core.config import Config
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.errors import GlassboxError
from core.families import Family, find_family
from core.layers import LayerCost, total_multiply_adds, total_parameters, trace
from core.layers.frozen import frozen_part, has_features
from core.schedule.plan import Plan
from core.settings import Settings, this_host
from core.store import Run, Status, Store
from core.units import MB

# Microseconds of one update, their proportions fitted to 17 runs of 12 networks on two cores, their size to the presets
# `fast` and `digits_30s`; only the proportions matter once a run has been measured. A layer costs its call, whatever
# its size.
LAYER_US = 120.0
MULTIPLY_ADD_US = 9.0e-6
ACTIVATION_US = 0.9e-3
PARAMETER_US = 0.9e-3
AUGMENTED_PIXEL_US = 0.05  # in a layer that changes images
FORWARD = 1 / 3  # of an update's way through a layer, forward and back

AROUND_S = 2.0  # from claim to first update, and from the last one to the result, before anything was measured
PROCESS_BYTES = 770 * MB  # a worker that has imported everything
PARAMETER_BYTES = 32  # weight, gradient, two moments, and copies when it is saved
ACTIVATION_BYTES = 6  # a value forward and its share backward
FROZEN_BYTES = 12  # of a weight that has no gradient and no moments
FEATURE_BYTES = 8  # a value that is kept for each example, twice while it is handed over
LONG_S = 20.0  # so long a run must train to say how fast other networks are here; a shorter one says less
PAST = 20  # of the newest runs say how fast this server is
SAME = 3  # of the newest runs of the very same network count


@dataclass(frozen=True)
class Load:
    """What a run asks of a machine.

    Args:
        network: Says all that the time of one image depends on.
        step_us: Guessed microseconds of one update.
        once_us: Guessed microseconds of what is computed once, before the first update.
        plan: Its updates.
        bytes: Memory beyond that of an idle worker.
        most_s: Seconds of training after which it stops anyway; 0 for no limit.
        may_end_early: Whether what it validates may end it before.
    """

    network: str
    step_us: float
    once_us: float
    plan: Plan
    bytes: float
    most_s: float
    may_end_early: bool

    @property
    def updates(self) -> int:
        """How many it makes."""
        return self.plan.total_steps

    @property
    def images(self) -> int:
        """How many it sees, repeats counted."""
        return self.plan.images(self.updates)


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Args:
        seconds: From the moment a worker takes it to its result.
        bytes: Most memory of its process.
        is_measured: Whether a run of this server has said so; else it is a guess.
    """

    seconds: float
    bytes: float
    is_measured: bool


@dataclass(frozen=True)
class _Past:
    """An earlier run: what it asked, and what it took."""

    load: Load
    image_s: float
    around_s: float
    bytes: float | None  # unknown if its process had trained others before

    @property
    def ends_s(self) -> float:
        """Seconds around training, without what it had to compute once."""
        return max(0.0, self.around_s - self.load.once_us / 1e6)


def load_of(family: Family, config: Config, spec: DataSpec) -> Load:
    """Return what a run of `config` asks of a machine."""
    networks, augmentation, plan = family.networks(config, spec), family.augmentation(config), config.plan(spec)
    batch, pixels = min(plan.batch_size, plan.examples), math.prod(spec.input_shape)
    step_us = batch * AUGMENTED_PIXEL_US * pixels * len(augmentation)
    kept = 2.0 * pixels * np.dtype(spec.dtype).itemsize * (spec.train_size + spec.test_size)
    once_us = 0.0
    for network in networks:
        costs = trace(network.specs, network.input_shape)
        part, _ = frozen_part(network.specs)
        frozen, learned = costs[: len(part)], costs[len(part) :]
        step_us += network.passes * _update_us(learned, batch)
        kept += FROZEN_BYTES * total_parameters(frozen) + PARAMETER_BYTES * total_parameters(learned)
        kept += ACTIVATION_BYTES * _values(learned) * batch * network.passes
        if has_features(network.specs, network.input_shape, spec.train_size, augments=bool(augmentation)):
            once_us += FORWARD * spec.train_size * _an_image_us(frozen)
            kept += FEATURE_BYTES * spec.train_size * _values(frozen[-1:])
        else:
            step_us += network.passes * FORWARD * _update_us(frozen, batch)
            kept += ACTIVATION_BYTES * FORWARD * _values(frozen) * batch
    told = repr((spec, networks, augmentation, batch, config.pace))
    return Load(told, step_us, once_us, plan, kept, config.time_budget_s, config.may_end_early)


def _update_us(costs: Sequence[LayerCost], batch: int) -> float:
    """Return the guessed microseconds of an update's way through layers, forward and back."""
    return LAYER_US * len(costs) + PARAMETER_US * total_parameters(costs) + batch * _an_image_us(costs)


def _an_image_us(costs: Sequence[LayerCost]) -> float:
    return MULTIPLY_ADD_US * total_multiply_adds(costs) + ACTIVATION_US * _values(costs)


def _values(costs: Sequence[LayerCost]) -> int:
    return sum(math.prod(cost.output_shape) for cost in costs)


@lru_cache(maxsize=4096)
def load_of_stored(settings: Settings, family_id: str, dataset_id: str, config: str) -> Load | None:
    """Return what a stored run asks; None if another version wrote it, or its data has gone.

    Args:
        settings: Of this installation, where the data is.
        family_id, dataset_id: Of the run.
        config: Its settings, JSON text.
    """
    try:
        family, spec = find_family(family_id), find_dataset(settings, dataset_id).spec
        return load_of(family, family.config_type.from_dict(json.loads(config)), spec)
    except GlassboxError:
        return None


@dataclass(frozen=True)
class ServerSpeed:
    """How fast this server has trained, and in how much memory.

    Args:
        past: What earlier runs say of it, newest first.
    """

    past: tuple[_Past, ...]

    @classmethod
    def of(cls, runs: Iterable[Run], settings: Settings) -> Self:
        """Return what earlier runs say, given newest first; those that say nothing are passed over."""
        return cls(tuple(found for run in runs if (found := _past(run, settings))))

    def estimate(self, load: Load) -> Estimate:
        """Return what a run that asks this will take here."""
        known = self.past
        once_s = load.once_us / 1e6
        if not known:
            guess_s, around_s = load.updates * load.step_us / 1e6, AROUND_S + once_s
            return _made(load, guess_s, around_s, PROCESS_BYTES + load.bytes, measured=False)
        alike = [old for old in known if old.load.network == load.network]
        same = alike[:SAME]
        image_s = statistics.median(old.image_s for old in same) if same else self._image_s_of_the_nearest(load)
        if same:
            around_s = statistics.median(old.around_s for old in same)
        else:
            around_s = once_s + statistics.median(old.ends_s for old in known)
        sizes = [old.bytes for old in alike if old.bytes is not None][:SAME]
        most_bytes = statistics.median(sizes) if sizes else PROCESS_BYTES + load.bytes
        return _made(load, load.images * image_s, around_s, most_bytes, measured=True)

    def _image_s_of_the_nearest(self, load: Load) -> float:
        """Return the guessed seconds of an image, as much slower as the run most like it was slower than guessed."""
        like = min(self.past, key=lambda old: abs(math.log(old.load.step_us / load.step_us)))
        trained_s = like.image_s * like.load.images
        slower = trained_s / (like.load.updates * like.load.step_us / 1e6)
        guess: float = load.updates * load.step_us / 1e6 / load.images * slower ** min(1.0, trained_s / LONG_S)
        return guess


def read_speed(store: Store) -> ServerSpeed:
    """Return how fast the newest runs of this server were."""
    runs = store.runs.list(status=[Status.SUCCEEDED, Status.STOPPED], limit=PAST)
    return ServerSpeed.of([run for run in runs if run.host == this_host()], store.settings)


def _made(load: Load, train_s: float, around_s: float, most_bytes: float, *, measured: bool) -> Estimate:
    limited = min(train_s, load.most_s) if load.most_s else train_s
    return Estimate(limited + around_s, most_bytes, measured)


def _past(run: Run, settings: Settings) -> _Past | None:
    """Return what a run says; None if it says nothing, as one that was resumed or trained a moment only."""
    summary = run.summary
    images_per_s, memory = summary.get("images_per_s"), summary.get("memory_mb")
    if not images_per_s or run.generation or run.started is None or run.finished is None:
        return None
    load = load_of_stored(settings, run.family or "", run.dataset, json.dumps(run.config))
    if load is None:
        return None
    train_s = load.plan.images(summary["steps_done"]) / images_per_s
    around_s = max(0.0, run.finished - run.started - train_s)
    return _Past(load, 1 / images_per_s, around_s, memory * MB if memory else None)
