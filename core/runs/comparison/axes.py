"""Settings, costs and results of several runs, as axes that they can be drawn over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.config import Bounded
from core.config.fields import Field
from core.datasets import find_dataset
from core.errors import GlassboxError
from core.families import config_of, find_family
from core.layers import total_multiply_adds, trace
from core.runs.comparison.measures import QUALITY, Measure, measures_of, sign_of
from core.runs.comparison.settings import SEED, settings_of_runs
from core.runs.gan_quality import read_quality
from core.store import Run, Store

COSTS = {"fit_s": "s", "parameters": "", "multiply_adds": "", "memory_mb": "MB"}  # units
NEITHER = ("images_per_s", "steps_done")  # cost nor result
WIDE = 10.0  # ratio of a cost's ends from which its axis is logarithmic


class Kind(StrEnum):
    """What an axis shows."""

    SETTING = "setting"
    COST = "cost"
    RESULT = "result"


@dataclass(frozen=True)
class Axis:
    """A number, or an option, of several runs.

    Args:
        key: Key of a summary, or name of a setting.
        label: Its name, with the unit.
        kind: What it is.
        values: Of each run: a number, a text for an option; None where there is none.
        say: A value -> a few words.
        is_log: Whether its scale is logarithmic.
        sign: 1 if less is better, -1 if more is, 0 if neither.
    """

    key: str
    label: str
    kind: Kind
    values: tuple[float | str | None, ...]
    say: Callable[[float], str] = "{:.4g}".format
    is_log: bool = False
    sign: int = 0

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        return not any(isinstance(value, str) for value in self.values)

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """Its values as numbers; options have none."""
        return tuple(None if isinstance(value, str) else value for value in self.values)

    @property
    def losses(self) -> tuple[float | None, ...]:
        """Its values with a sign by which less is better."""
        return tuple(None if value is None else self.sign * value for value in self.numbers)

    @property
    def varies(self) -> bool:
        """Whether at least two runs have different values."""
        return len({value for value in self.values if value is not None}) > 1

    def said(self, place: int) -> str:
        """Return the value of a run in words."""
        value = self.values[place]
        return "none" if value is None else value if isinstance(value, str) else self.say(value)


def axes_of(store: Store, runs: Sequence[Run]) -> list[Axis]:
    """Return the axes over which runs differ: settings, then costs, then results, that of validation first.

    Args:
        store: Store of the runs.
        runs: Training runs.
    """
    measures = [one for one in [*measures_of(runs), *_adds(store, runs)] if one.key not in NEITHER]
    costs = [_of_cost(one) for one in measures if one.key in COSTS]
    results = [_of_result(one) for one in [*measures, *_quality(store, runs)] if one.key not in COSTS]
    results.sort(key=lambda axis: not axis.key.startswith("val_"))
    return [axis for axis in [*_settings(store, runs), *costs, *results] if axis.varies]


def _of_cost(found: Measure) -> Axis:
    values = [value for value in found.values if value is not None]
    is_log = min(values) > 0 and max(values) / min(values) >= WIDE
    unit = COSTS[found.key]
    label = f"{found.label} ({unit})" if unit else found.label
    return Axis(found.key, label, Kind.COST, found.values, found.say, is_log, sign=1)


def _of_result(found: Measure) -> Axis:
    return Axis(found.key, found.label, Kind.RESULT, found.values, found.say, sign=sign_of(found.key))


def _settings(store: Store, runs: Sequence[Run]) -> list[Axis]:
    """Return the settings that differ, the seed last."""
    differ = [one for one in settings_of_runs(store.settings, runs) if one.differs and one.name != "start"]
    found = []
    for setting in differ:
        fields = [_field(run, setting.name) for run in runs]
        if all(isinstance(field, Bounded) for field, _ in fields):
            found.append(_number(setting.name, setting.label, fields))
        else:
            found.append(Axis(setting.name, setting.label, Kind.SETTING, setting.said))
    return sorted(found, key=lambda axis: axis.key == SEED)


def _field(run: Run, name: str) -> tuple[Field | None, float | None]:
    try:
        config = config_of(run)
    except GlassboxError:  # another version wrote it
        return None, None
    return (config.field(name), getattr(config, name)) if name in config.fields() else (None, None)


def _number(name: str, label: str, fields: Sequence[tuple[Field | None, float | None]]) -> Axis:
    field = fields[0][0]
    assert isinstance(field, Bounded)
    values = tuple(value for _, value in fields)
    is_log = field.scale == "log" and all(value is not None and value > 0 for value in values)
    label = f"{label} ({field.unit})" if field.unit else label
    return Axis(name, label, Kind.SETTING, values, field.format, is_log)


def _adds(store: Store, runs: Sequence[Run]) -> list[Measure]:
    """Return the multiply-adds of each run's networks, for one example."""
    values = tuple(_adds_of(store, run) for run in runs)
    has_any = any(value is not None for value in values)
    return [Measure("multiply_adds", "Multiply-adds", values, "{:,.0f}".format)] if has_any else []


def _adds_of(store: Store, run: Run) -> float | None:
    try:
        spec, config = find_dataset(store.settings, run.dataset).spec, config_of(run)
        networks = find_family(str(run.family)).networks(config, spec)
        return float(sum(total_multiply_adds(trace(one.specs, one.input_shape)) for one in networks))
    except GlassboxError:  # the data was deleted, or another version wrote the settings
        return None


def _quality(store: Store, runs: Sequence[Run]) -> list[Measure]:
    """Return the measured quality of what runs make, if they were measured by the same classifier."""
    found = [read_quality(store, run) if find_family(str(run.family)).makes_examples else None for run in runs]
    if len({one.judge for one in found if one is not None}) != 1:
        return []
    last = [None if one is None else one.last.judgement for one in found]
    return [
        Measure(
            f"{QUALITY}_{name}",
            label,
            tuple(None if one is None else getattr(one, name) for one in last),
            "{:.3g}".format,
        )
        for name, label in (("frechet", "Fréchet distance"), ("precision", "Precision"), ("recall", "Recall"))
    ]
