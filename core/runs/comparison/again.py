"""The same settings, data and seed run again: match or mismatch, number by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ArtifactError
from core.store import Run, Store
from core.store.metrics import Point

COSTS = ("fit_s", "images_per_s", "first_metric_s", "memory_mb")  # of the machine, not of the result
SAME_FOR = ("python", "tensorflow", "keras", "numpy", "machine", "device", "dtype_policy")  # of `environment.json`
_PREFIX = "again"  # of the subject of a run that repeats another


@dataclass(frozen=True)
class Number:
    """A number of both runs: a result, or the curve of a metric.

    Args:
        name: Key of the summary, or name of the metric.
        first, second: The result in each; of a curve, its values where they first differ, or else the last ones.
        steps: Number of steps of a curve at which both have a value; None for a result.
        apart_at: The first of those steps at which they differ; None if none does, and for a result.
    """

    name: str
    first: float | None
    second: float | None
    steps: int | None = None
    apart_at: int | None = None

    @property
    def is_equal(self) -> bool:
        """Whether both runs have exactly the same."""
        return self.apart_at is None if self.steps is not None else self.first == self.second

    @property
    def said(self) -> str:
        """What the comparison found, in words."""
        if self.is_equal:
            where = "" if self.steps is None else f" at all {self.steps:,} steps"
            return f"equal to the last digit{where}"
        if self.first is None or self.second is None:
            return "only one run has it"
        at = "" if self.apart_at is None else f" at step {self.apart_at:,}, where they part"
        return f"differs by {abs(self.second - self.first):.3g}{at}"


@dataclass(frozen=True)
class Reproduction:
    """A run against another of the same settings, data and seed.

    Args:
        numbers: Results, then curves.
        conditions: What was different beside the numbers, in words.
    """

    numbers: tuple[Number, ...]
    conditions: tuple[str, ...]

    @property
    def is_match(self) -> bool:
        """Whether there are numbers, and all are equal."""
        return bool(self.numbers) and all(number.is_equal for number in self.numbers)

    @property
    def sentence(self) -> str:
        """The finding, in a sentence or two."""
        if not self.numbers:
            return "There is nothing to compare: one of the two has no numbers."
        if self.is_match:
            return f"Match: all {len(self.numbers)} results and curves are equal to the last digit."
        apart = [number for number in self.numbers if not number.is_equal]
        at = min((number.apart_at for number in apart if number.apart_at is not None), default=None)
        when = "" if at is None else f"; the curves part at step {at:,}"
        why = f"What was different: {'; '.join(self.conditions)}." if self.conditions else _UNKNOWN
        return f"Mismatch: {len(apart)} of {len(self.numbers)} results and curves differ{when}. {why}"


_UNKNOWN = (
    "Settings, data, device and versions are the same, as far as they are recorded: operations that run in parallel "
    "may have added in another order."
)


def subject_of(run: Run, actor: str) -> str:
    """Return the subject of a task that runs a run again: one at a time for each actor."""
    return f"{_PREFIX} {run.id} {actor[:16]}"


def first_of(run: Run) -> str | None:
    """Return the id of the run that a run repeats; None if it repeats none."""
    prefix, _, rest = (run.subject or "").partition(" ")
    return rest.split(" ")[0] if prefix == _PREFIX and rest else None


def is_again(first: Run, second: Run) -> bool:
    """Return whether one run repeats the other, or has the same settings, seed, start and data all the same."""
    is_asked = first_of(second) == first.id or first_of(first) == second.id
    return is_asked or (bool(first.dataset) and _setup(first) == _setup(second))


def _setup(run: Run) -> tuple[object, ...]:
    return run.family, run.config, run.dataset, run.dataset_version, run.parent, run.branch_step, run.steering


def compare_again(store: Store, first: Run, second: Run) -> Reproduction:
    """Compare two runs of the same settings, data and seed, once both have ended.

    Args:
        store: Store of both.
        first: The first one.
        second: The one that should agree with it.
    """
    curves = [store.metrics.since(run.id) for run in (first, second)]
    environments = [_environment(store, run) for run in (first, second)]
    conditions = [*_conditions(first, second), *_versions(environments[0], environments[1])]
    numbers = [*results_apart(first.summary, second.summary), *curves_apart(curves[0], curves[1])]
    return Reproduction(tuple(numbers), tuple(conditions))


def results_apart(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Number]:
    """Compare the results of two summaries; costs are left out, since no two runs take exactly as long."""
    for name in dict.fromkeys([*first, *second]):
        values = [_number(summary.get(name)) for summary in (first, second)]
        if name not in COSTS and values != [None, None]:
            yield Number(name, values[0], values[1])


def curves_apart(first: Sequence[Point], second: Sequence[Point]) -> Iterator[Number]:
    """Compare the curves of two runs, at the steps at which both have a value."""
    one, other = _by_metric(first), _by_metric(second)
    for name in dict.fromkeys([*one, *other]):
        both = sorted(one.get(name, {}).keys() & other.get(name, {}).keys())
        apart = next((step for step in both if one[name][step] != other[name][step]), None)
        if both:
            shown = both[-1] if apart is None else apart
            yield Number(name, one[name][shown], other[name][shown], len(both), apart)


def _by_metric(points: Sequence[Point]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for point in points:
        for name, value in point.values.items():
            found.setdefault(name, {})[point.step] = value
    return found


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _environment(store: Store, run: Run) -> dict[str, Any]:
    try:
        return store.files(run.id).read_json("environment")
    except ArtifactError:  # it never began
        return {}


def _conditions(first: Run, second: Run) -> Iterator[str]:
    if first.dataset_version != second.dataset_version:
        yield "the data has changed since the first run"
    for words, values in (
        ("status", (first.status, second.status)),
        ("updates done", (first.summary.get("steps_done"), second.summary.get("steps_done"))),
    ):
        if values[0] != values[1]:
            yield f"{words}, {values[0]} and {values[1]}"
    for name, run in (("first", first), ("second", second)):
        if run.generation:
            yield f"the {name} was resumed"


def _versions(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[str]:
    for name in SAME_FOR:
        values = first.get(name), second.get(name)
        if values[0] != values[1]:
            yield f"{name.replace('_', ' ')}, {values[0] or 'unknown'} and {values[1] or 'unknown'}"
