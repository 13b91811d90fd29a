"""How long a run will take on this server and how much memory, from what earlier runs took; no TensorFlow."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.config import Config
from core.datasets import find_dataset
from core.datasets.spec import DataSpec
from core.errors import GlassboxError
from core.families import Family, find_family
from core.layers import total_multiply_adds, total_parameters, trace
from core.settings import Settings
from core.store import Run
from core.units import MB

# Microseconds of one update, their proportions fitted to 17 runs of 12 networks on two cores, their size to the presets
# `fast` and `digits_30s`; only the proportions matter once a run has been measured. A layer costs its call, whatever
# its size.
LAYER_US = 120.0
MULTIPLY_ADD_US = 9.0e-6
ACTIVATION_US = 0.9e-3
PARAMETER_US = 0.9e-3
AUGMENTED_PIXEL_US = 0.05  # in a layer that changes images

AROUND_S = 2.0  # from claim to first update, and from the last one to the result, before anything was measured
PROCESS_BYTES = 770 * MB  # a worker that has imported everything
PARAMETER_BYTES = 32  # weight, gradient, two moments, and copies when it is saved
ACTIVATION_BYTES = 6  # a value forward and its share backward
LONG_S = 20.0  # so long a run must train to say how fast other networks are here; a shorter one says less
SAME = 3  # of the newest runs of the very same network count


@dataclass(frozen=True)
class Load:
    """What a run asks of a machine.

    Args:
        network: Says all that the time of one image depends on.
        step_us: Guessed microseconds of one update.
        images: How many it sees, repeats counted.
        updates: How many it makes.
        bytes: Memory beyond that of an idle worker.
        most_s: Seconds of training after which it stops anyway; 0 for no limit.
        may_end_early: Whether what it validates may end it before.
    """

    network: str
    step_us: float
    images: int
    updates: int
    bytes: float
    most_s: float
    may_end_early: bool


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


def load_of(family: Family, config: Config, spec: DataSpec) -> Load:
    """Return what a run of `config` asks of a machine."""
    networks, augmentation, plan = family.networks(config, spec), family.augmentation(config), config.plan(spec)
    batch, pixels = min(plan.batch_size, plan.examples), math.prod(spec.input_shape)
    step_us = batch * AUGMENTED_PIXEL_US * pixels * len(augmentation)
    kept = 2.0 * pixels * np.dtype(spec.dtype).itemsize * (spec.train_size + spec.test_size)
    for network in networks:
        costs = trace(network.specs, network.input_shape)
        values, parameters = sum(math.prod(cost.output_shape) for cost in costs), total_parameters(costs)
        an_image = MULTIPLY_ADD_US * total_multiply_adds(costs) + ACTIVATION_US * values
        step_us += network.passes * (LAYER_US * len(costs) + PARAMETER_US * parameters + batch * an_image)
        kept += PARAMETER_BYTES * parameters + ACTIVATION_BYTES * values * batch * network.passes
    told = repr((spec, networks, augmentation, batch, config.pace))
    steps = plan.total_steps
    return Load(told, step_us, plan.images(steps), steps, kept, config.time_budget_s, config.may_end_early)


def estimate(load: Load, past: Sequence[Run], settings: Settings) -> Estimate:
    """Return what a run will take here.

    Args:
        load: What it asks.
        past: Earlier runs of this server, newest first; those that say nothing are passed over.
        settings: Of this installation, where their data is.
    """
    known = [found for run in past if (found := _past(run, settings))]
    if not known:
        return _made(load, load.updates * load.step_us / 1e6, AROUND_S, PROCESS_BYTES + load.bytes, measured=False)
    alike = [old for old in known if old.load.network == load.network]
    same = alike[:SAME]
    if same:
        image_s = statistics.median(old.image_s for old in same)
    else:  # the one that is most like it says how fast this server is
        like = min(known, key=lambda old: abs(math.log(old.load.step_us / load.step_us)))
        trained_s = like.image_s * like.load.images
        slower = trained_s / (like.load.updates * like.load.step_us / 1e6)
        image_s = load.updates * load.step_us / 1e6 / load.images * slower ** min(1.0, trained_s / LONG_S)
    around_s = statistics.median(old.around_s for old in same or known)
    sizes = [old.bytes for old in alike if old.bytes is not None][:SAME]
    held = statistics.median(sizes) if sizes else PROCESS_BYTES + load.bytes
    return _made(load, load.images * image_s, around_s, held, measured=True)


def _made(load: Load, train_s: float, around_s: float, held: float, *, measured: bool) -> Estimate:
    limited = min(train_s, load.most_s) if load.most_s else train_s
    return Estimate(limited + around_s, held, measured)


def _past(run: Run, settings: Settings) -> _Past | None:
    """Return what a run says; None if it says nothing, as one that was resumed or trained a moment only."""
    summary = run.summary
    images_per_s, memory = summary.get("images_per_s"), summary.get("memory_mb")
    if not images_per_s or run.generation or run.started is None or run.finished is None:
        return None
    config = json.dumps(run.config, sort_keys=True)
    took_s = run.finished - run.started
    held = memory * MB if memory else None
    steps, told = summary["steps_done"], (run.family or "", config, run.dataset)
    return _measured(settings, *told, steps, images_per_s, took_s, held)


@lru_cache(maxsize=256)
def _measured(
    settings: Settings,
    family_id: str,
    config_text: str,
    dataset_id: str,
    steps: int,
    images_per_s: float,
    took_s: float,
    memory: float | None,
) -> _Past | None:
    try:
        family, spec = find_family(family_id), find_dataset(settings, dataset_id).spec
        config = family.config_type.from_dict(json.loads(config_text))
        load = load_of(family, config, spec)
    except GlassboxError:  # of another version, or its data has gone
        return None
    train_s = config.plan(spec).images(steps) / images_per_s
    return _Past(load, 1 / images_per_s, max(0.0, took_s - train_s), memory)
