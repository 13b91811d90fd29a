"""Runs that were queued together: how far they are, and what each of their settings does to the result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from core.config import Config
from core.errors import RunError
from core.families import Family, config_of, find_family
from core.runs.comparison.measures import Measure, measures_of
from core.store import Run, Status, Store
from core.store.runs.runs import MOST_OF_GROUP

FEWEST_OF_THIRDS = 6  # runs
PRUNED = "pruned"  # `ended_by` of a run that its sweep has ended
VALIDATION = "val_"  # begins the keys of results on validation data


@dataclass(frozen=True, eq=False)
class Group:
    """Runs on one data set that were queued together.

    Args:
        id: Id of the group.
        runs: The runs, in the order they were queued.
    """

    id: str
    runs: tuple[Run, ...]

    @property
    def families(self) -> tuple[Family, ...]:
        """Their families, each once."""
        return tuple(map(find_family, dict.fromkeys(str(run.family) for run in self.runs)))

    @property
    def is_of_presets(self) -> bool:
        """Whether the runs began with different presets, rather than with different values of a setting."""
        return len({(run.family, run.preset) for run in self.runs}) > 1

    @cached_property
    def configs(self) -> tuple[Config, ...]:
        """The settings of each run."""
        return tuple(config_of(run) for run in self.runs)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the settings that all have and that differ."""
        shared = [n for n in self.configs[0].fields() if all(n in config.fields() for config in self.configs)]
        return tuple(n for n in shared if len(set(self.values(n))) > 1)

    def values(self, name: str) -> tuple[Any, ...]:
        """Return the value of a setting in each run."""
        return tuple(getattr(config, name) for config in self.configs)

    @property
    def done(self) -> int:
        """The number of runs that have ended."""
        return sum(run.status.is_final for run in self.runs)

    @property
    def share(self) -> float:
        """The share of the work that is done, 0 to 1."""
        parts = [1.0 if run.status.is_final else run.share_done for run in self.runs]
        return sum(parts) / len(parts)

    @cached_property
    def measure(self) -> Measure | None:
        """The result by which they are compared: on validation data if there is one; None before the first."""
        measured = [run for run in self.runs if find_family(str(run.family)).is_measured(run.summary)]
        run = (measured or self.runs)[0]
        result = find_family(str(run.family)).result(run.summary)
        found = {one.key: one for one in measures_of(self.runs)}
        return found.get(result.key.replace("test_", VALIDATION)) or found.get(result.key)

    @property
    def is_ranked(self) -> bool:
        """Whether the best may be chosen by the result, since it owes nothing to the test examples."""
        return self.measure is not None and self.measure.key.startswith(VALIDATION)

    @cached_property
    def ranking(self) -> tuple[int, ...]:
        """Places of the runs in `runs`: the best first if ranked, else as queued; those without a result last."""
        values = self.measure.values if self.measure else (None,) * len(self.runs)

        def rank(place: int) -> tuple[bool, float]:
            value = values[place]
            return value is None, -value if value is not None and self.is_ranked else 0.0

        return tuple(sorted(range(len(self.runs)), key=rank))

    def levels(self, name: str) -> list[tuple[str, float]]:
        """Return the mean result at each value of a setting, with the value in words.

        Where each run has a value of its own, as at random, the values are put together to thirds; [] if too few.

        Args:
            name: A setting that differs.
        """
        field, found = self.configs[0].field(name), self.effect(name)
        if len(self.names) == 1 or len(set(self.values(name))) < len(self.runs):
            return [(field.say(value), mean) for value, mean, _ in found]
        if len(found) < FEWEST_OF_THIRDS or isinstance(found[0][0], str):
            return []
        thirds = [list(zip(*third, strict=True)) for third in np.array_split(np.array(sorted(found)), 3)]
        return [
            (f"{field.format(values[0])} to {field.say(values[-1])}", float(np.average(means, weights=counts)))
            for values, means, counts in thirds
        ]

    def effect(self, name: str) -> list[tuple[Any, float, int]]:
        """Return each value of a setting with the mean result of its runs and their number.

        The mean is over all values of the other settings. Runs without a result are left out.

        Args:
            name: A setting that differs.
        """
        if self.measure is None:
            return []
        pairs = [(v, m) for v, m in zip(self.values(name), self.measure.values, strict=True) if m is not None]
        results = {value: [m for v, m in pairs if v == value] for value in dict.fromkeys(v for v, _ in pairs)}
        return [(value, float(np.mean(found)), len(found)) for value, found in results.items()]


def read_group(store: Store, group_id: str) -> Group:
    """Read a group; whoever has its id may see its numbers, as with a run.

    Raises:
        RunError: There is no such group, or all its runs were deleted.
    """
    runs = store.runs.list(group=group_id, limit=MOST_OF_GROUP)
    if not runs:
        raise RunError(f"there is no group {group_id!r}", fix="Check the link, or list the runs.")
    return Group(group_id, tuple(reversed(runs)))


def state_of(run: Run) -> str:
    """Return a run's state in a word or two; empty if it ran to its end."""
    if run.summary.get("ended_by") == PRUNED:
        return "ended early"
    if run.status is Status.QUEUED:
        return "waiting"
    if run.is_held:
        return f"{run.share_done:.0%}".replace("%", " %")
    return "" if run.status is Status.SUCCEEDED else str(run.status)
