"""Estimate a run's time and memory on this server from earlier runs. No TensorFlow."""

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
from core.layers.frozen import cached_part, frozen_part
from core.schedule.plan import Plan
from core.settings import Settings, this_host
from core.store import Run, Status, Store
from core.units import MB

# Microseconds of one update: proportions fitted to 17 runs of 12 networks on two cores, scale to the presets `fast` and
# `digits_30s`. Once a run has been measured, only the proportions matter.
LAYER_US = 120.0  # call overhead of a layer of any size
TURN_US = 400.0  # call overhead of a step of a recurrent layer, forward and back
MULTIPLY_ADD_US = 9.0e-6
ACTIVATION_US = 0.9e-3
PARAMETER_US = 0.9e-3
AUGMENTED_PIXEL_US = 0.05  # per augmenting layer
FORWARD = 1 / 3  # share of the forward pass in a layer's update

AROUND_S = 2.0  # before the first and after the last update, until there is a measurement
PROCESS_BYTES = 770 * MB  # a worker that has imported everything
PARAMETER_BYTES = 32  # weight, gradient, two moments, and copies while saving
ACTIVATION_BYTES = 6  # forward value and its share of the backward pass
FROZEN_BYTES = 12  # weight without gradient and moments
FEATURE_BYTES = 8  # cached value of one example, twice while it is copied
LONG_S = 20.0  # a run must train this long to count fully for other networks
PAST = 20  # newest runs that count for the speed of this server
SAME = 3  # newest runs of the same network that count for it


@dataclass(frozen=True)
class Load:
    """The load of a run.

    Args:
        network: Key of everything that the time of one image depends on.
        step_us: Modelled microseconds of one update.
        once_us: Modelled microseconds of computing features, before the first update and for the test.
        plan: Its training plan.
        bytes: Memory beyond that of an idle worker.
        most_s: Time budget of training in seconds; 0 for no limit.
        may_end_early: Whether validation may end it early.
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
        """The number of updates."""
        return self.plan.total_steps

    @property
    def images(self) -> int:
        """The number of images seen, repeats included."""
        return self.plan.images(self.updates)


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of a run.

    Args:
        seconds: From a worker's claim to the result.
        train_s: Of training alone, if no budget ends it.
        bytes: Peak memory of its process.
        is_measured: Whether earlier runs on this server support it; False for a guess.
    """

    seconds: float
    train_s: float
    bytes: float
    is_measured: bool


@dataclass(frozen=True)
class _Past:
    """The load and measured cost of an earlier run."""

    load: Load
    image_s: float
    around_s: float
    bytes: float | None  # None if its process had trained before

    @property
    def ends_s(self) -> float:
        """Seconds around training, without what it had to compute once."""
        return max(0.0, self.around_s - self.load.once_us / 1e6)


def load_of(family: Family, config: Config, spec: DataSpec) -> Load:
    """Return the load of a run of `config`."""
    networks, augmentation, plan = family.networks(config, spec), family.augmentation(config), config.plan(spec)
    batch, pixels = min(plan.batch_size, plan.examples), math.prod(spec.input_shape)
    step_us = batch * AUGMENTED_PIXEL_US * pixels * len(augmentation)
    kept = 2.0 * pixels * np.dtype(spec.dtype).itemsize * (spec.train_size + spec.test_size)
    once_us, used = 0.0, config.used_size(spec) + spec.test_size
    for network in networks:
        costs = trace(network.specs, network.input_shape)
        cut = len(frozen_part(network.specs))
        frozen, learned = costs[:cut], costs[cut:]
        step_us += network.passes * _update_us(learned, batch)
        kept += FROZEN_BYTES * total_parameters(frozen) + PARAMETER_BYTES * total_parameters(learned)
        kept += ACTIVATION_BYTES * _values(learned) * batch * network.passes
        if cached_part(network.specs, network.input_shape, used, augments=bool(augmentation)):
            once_us += FORWARD * used * _an_image_us(frozen)
            kept += FEATURE_BYTES * used * _values(frozen[-1:])
        else:
            step_us += network.passes * FORWARD * _update_us(frozen, batch)
            kept += ACTIVATION_BYTES * FORWARD * _values(frozen) * batch
    told = repr((spec, networks, augmentation, batch, config.pace))
    return Load(told, step_us, once_us, plan, kept, config.time_budget_s, config.may_end_early)


def _update_us(costs: Sequence[LayerCost], batch: int) -> float:
    """Return the guessed microseconds of an update's way through layers, forward and back."""
    turns = TURN_US * sum(cost.turns for cost in costs)
    return turns + LAYER_US * len(costs) + PARAMETER_US * total_parameters(costs) + batch * _an_image_us(costs)


def _an_image_us(costs: Sequence[LayerCost]) -> float:
    return MULTIPLY_ADD_US * total_multiply_adds(costs) + ACTIVATION_US * _values(costs)


def _values(costs: Sequence[LayerCost]) -> int:
    return sum(math.prod(cost.output_shape) for cost in costs)


@lru_cache(maxsize=4096)
def load_of_stored(settings: Settings, family_id: str, dataset_id: str, config: str) -> Load | None:
    """Return the load of a stored run; None if another version wrote it, or its data no longer exists.

    Args:
        settings: Settings of this installation.
        family_id, dataset_id: Family and data set of the run.
        config: Its settings as JSON text.
    """
    try:
        family, spec = find_family(family_id), find_dataset(settings, dataset_id).spec
        return load_of(family, family.config_type.from_dict(json.loads(config)), spec)
    except GlassboxError:
        return None


@dataclass(frozen=True)
class ServerSpeed:
    """The speed and memory of earlier runs on this server.

    Args:
        past: Measurements, newest first.
    """

    past: tuple[_Past, ...]

    @classmethod
    def of(cls, runs: Iterable[Run], settings: Settings) -> Self:
        """Collect the measurements of runs, newest first; skip runs without any."""
        return cls(tuple(found for run in runs if (found := _past(run, settings))))

    def estimate(self, load: Load) -> Estimate:
        """Estimate the cost of a load on this server."""
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
        """Return the modelled seconds of an image, corrected by the error of the model for the most similar run."""
        like = min(self.past, key=lambda old: abs(math.log(old.load.step_us / load.step_us)))
        trained_s = like.image_s * like.load.images
        slower = trained_s / (like.load.updates * like.load.step_us / 1e6)
        guess: float = load.updates * load.step_us / 1e6 / load.images * slower ** min(1.0, trained_s / LONG_S)
        return guess


def read_speed(store: Store) -> ServerSpeed:
    """Return the speed of the newest runs that were trained on this server."""
    runs = store.runs.list(status=[Status.SUCCEEDED, Status.STOPPED], origins=[""], limit=PAST)
    return ServerSpeed.of([run for run in runs if run.host == this_host()], store.settings)


def _made(load: Load, train_s: float, around_s: float, most_bytes: float, *, measured: bool) -> Estimate:
    limited = min(train_s, load.most_s) if load.most_s else train_s
    return Estimate(limited + around_s, train_s, most_bytes, measured)


def _past(run: Run, settings: Settings) -> _Past | None:
    """Return a run's measurements; None if it was resumed, trained too briefly, or cannot be read."""
    summary = run.summary
    images_per_s, memory = summary.get("images_per_s"), summary.get("memory_mb")
    if not images_per_s or run.generation or run.started is None or run.finished is None:
        return None
    load = load_of_stored(settings, run.family or "", run.dataset, json.dumps(run.config))
    if load is None:
        return None
    images = load.plan.images(summary["steps_done"]) - load.plan.images(run.first_step)
    train_s = images / images_per_s
    around_s = max(0.0, run.finished - run.started - train_s)
    return _Past(load, 1 / images_per_s, around_s, memory * MB if memory else None)
