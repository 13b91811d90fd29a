"""Same budget: presets of any families on the same data, with the same seconds or about as many parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.config import Config, Preset
from core.datasets import DATASETS
from core.datasets.spec import DataSpec
from core.errors import ConfigError
from core.families import FAMILIES, Family
from core.jobs.limits import parameters_of
from core.jobs.submit import submit_together
from core.runs.comparison.comparison import LEAST, MOST
from core.runs.estimate import ServerSpeed, load_of
from core.store import Store
from core.store.records import NewRun, new_id

NEAR = 0.1  # most difference from the number of parameters, as a share of it
WIDEST = 1000.0  # factor by which networks are made wider or narrower, at most
HALVINGS = 40  # of the interval in which that factor is
SHORT = 0.9  # share of the time budget below which a run is said to end early

Option = tuple[Family, Preset[Any]]


@dataclass(frozen=True)
class Budget:
    """What all networks have: either is 0.

    Args:
        seconds: Of training.
        parameters: Number of weights.
    """

    seconds: int = 0
    parameters: int = 0

    def check(self) -> None:
        """Check that it is one of both.

        Raises:
            ConfigError: It is not.
        """
        if (self.seconds > 0) == (self.parameters > 0) or min(self.seconds, self.parameters) < 0:
            received = f"{self.seconds} seconds and {self.parameters} parameters"
            raise ConfigError("this is no budget", expected="a number of seconds, or of parameters", received=received)


@dataclass(frozen=True, eq=False)
class Contender:
    """One of the networks that are compared.

    Args:
        family, preset: What it began with.
        config: Its settings within the budget.
        parameters: Its number of weights.
        seconds: From a worker's claim to the result, estimated.
        note: What to know about it, in sentences.
        is_in: Whether it comes within the budget; otherwise it is not trained, and the note says why.
    """

    family: Family
    preset: Preset[Any]
    config: Config
    parameters: int
    seconds: float
    note: str = ""
    is_in: bool = True

    @property
    def title(self) -> str:
        """Its name on the page."""
        return f"{self.family.title}: {self.preset.title}"


def options_for(spec: DataSpec, dataset_id: str) -> dict[str, Option]:
    """Return the presets of all families that fit a data set, by ids such as `family:preset`.

    Args:
        spec: The shape of the data.
        dataset_id: The data set.
    """
    takes = (family for family in FAMILIES.values() if family.takes(spec))
    found = {f"{family.id}:{key}": (family, preset) for family in takes for key, preset in family.presets.items()}
    return {key: option for key, option in found.items() if _fits(option[1], spec, dataset_id)}


def usual_options(spec: DataSpec, dataset_id: str) -> list[str]:
    """Return the ids of those that answer the question of the first one and are not meant to go wrong."""
    options = options_for(spec, dataset_id)
    keys = {key: family.result({}, spec).key for key, (family, _) in options.items()}
    first = next(iter(keys.values()), "")
    return [key for key, (_, preset) in options.items() if keys[key] == first and not preset.shows_fault][:MOST]


def plan_budget(
    options: Sequence[Option], spec: DataSpec, budget: Budget, speed: ServerSpeed, seed: int = 0
) -> list[Contender]:
    """Return the networks within a budget, with the same seed, and the same examples held back for validation.

    Args:
        options: The presets.
        spec: The shape of the data.
        budget: What they all have.
        speed: Of this server.
        seed: The seed of all.

    Raises:
        ConfigError: There are too few or too many, their results cannot be compared, or one is impossible on this data.
    """
    budget.check()
    if not LEAST <= len(options) <= MOST:
        raise ConfigError("these presets make no group", expected=f"{LEAST} to {MOST}", received=str(len(options)))
    results = dict.fromkeys(family.result({}, spec).title for family, _ in options)
    if len(results) > 1:
        fix = "Choose presets that answer the same question."
        raise ConfigError("the results of these presets cannot be compared", received=" and ".join(results), fix=fix)
    place = _timed if budget.seconds else _sized
    return [
        place(option, replace(option[1].config, seed=seed).holding_back(), spec, budget, speed) for option in options
    ]


def submit_budget(
    store: Store, contenders: Sequence[Contender], dataset_id: str, owner: str, derived_from: str | None = None
) -> str:
    """Queue those within the budget as one group, all of them or none; return the group's id.

    Raises:
        ConfigError: There are fewer than two, or one is impossible on this data.
        DatasetError, NotAllowedError, LimitError, StoreError: As `submit_together`.
    """
    within = [one for one in contenders if one.is_in]
    if len(within) < LEAST:
        raise ConfigError("there is nothing to compare", expected=f"{LEAST} presets", received=str(len(within)))
    group = new_id()
    news = [
        NewRun(
            kind="train",
            dataset=dataset_id,
            owner=owner,
            name=f"{one.preset.title}, {_within(one)}",
            family=one.family.id,
            preset=one.preset.id,
            config=one.config.to_dict(),
            derived_from=derived_from,
            group=group,
        )
        for one in within
    ]
    submit_together(store, news, [(one.family, one.config) for one in within])
    return group


def _within(one: Contender) -> str:
    seconds = one.config.time_budget_s
    return f"{seconds:,} s" if seconds else f"{one.parameters:,} parameters"


def _fits(preset: Preset[Any], spec: DataSpec, dataset_id: str) -> bool:
    try:
        preset.config.holding_back().validate(spec)
    except ConfigError:
        return False
    if preset.dataset == dataset_id:
        return True
    if preset.suits is not None:
        return preset.suits(spec)
    return preset.dataset is None or _kind(DATASETS[preset.dataset].spec) == _kind(spec)


def _kind(spec: DataSpec) -> tuple[str, type]:
    return spec.features.noun, type(spec.target)


def _timed(option: Option, config: Config, spec: DataSpec, budget: Budget, speed: ServerSpeed) -> Contender:
    """Give a network the time budget, and as many epochs as it takes."""
    family, preset = option
    plan, whole_s = config.plan(spec), speed.estimate(load_of(family, config, spec)).train_s
    within = config.timed(budget.seconds, plan.passes(plan.total_steps) * budget.seconds / whole_s)
    found, epochs = speed.estimate(load_of(family, within, spec)), within.plan(spec).epochs
    note = (
        f"Ends after about {found.train_s:.0f} s: {epochs:,} epochs." if found.train_s < SHORT * budget.seconds else ""
    )
    return Contender(family, preset, within, parameters_of(family, within, spec), found.seconds, note)


def _sized(option: Option, config: Config, spec: DataSpec, budget: Budget, speed: ServerSpeed) -> Contender:
    """Make a network wider or narrower until it has about as many parameters."""
    family, preset = option
    wanted, found = budget.parameters, dict[int, Config]()
    low, high = -np.log(WIDEST), np.log(WIDEST)
    for _ in range(HALVINGS):  # the number never falls as the factor grows
        middle = (low + high) / 2
        wider = config.widened(float(np.exp(middle)))
        count = parameters_of(family, wider, spec)
        found[count] = wider
        low, high = (middle, high) if count < wanted else (low, middle)
    count = min(found, key=lambda one: abs(one - wanted))
    seconds = speed.estimate(load_of(family, found[count], spec)).seconds
    if abs(count - wanted) <= NEAR * wanted:
        return Contender(family, preset, found[count], count, seconds)
    note = f"Left out: of any width, it comes no nearer to {wanted:,} parameters than {count:,}."
    return Contender(family, preset, found[count], count, seconds, note, is_in=False)
