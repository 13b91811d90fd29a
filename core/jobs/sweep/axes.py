"""The values of a setting that a sweep tries, written as `learning_rate=1e-4..1e-1:log:6` or `batch_size=32,128`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.config import Bounded, Choice, Config
from core.config.fields import wrong
from core.errors import ConfigError

USUAL = 5  # values of a range that does not say how many
DIGITS = 3  # significant ones of a value within a range: enough to tell values apart, short enough for names
SCALES = ("linear", "log")
MOST_AXES = 2
HOW = "name=low..high, name=low..high:log:6 or name=value,value"


@dataclass(frozen=True)
class Range:
    """A range of numbers to draw from.

    Args:
        low, high: Its ends, both included.
        is_log: Whether its logarithm is drawn evenly.
    """

    low: float
    high: float
    is_log: bool


@dataclass(frozen=True)
class Axis:
    """What a sweep tries of one setting.

    Args:
        name: Name of the setting.
        values: The values of a grid, all different.
        range: Where random trials draw from; None to draw from `values`.
    """

    name: str
    values: tuple[Any, ...]
    range: Range | None = None


def read_axes(config: Config, over: Sequence[str]) -> list[Axis]:
    """Read what a sweep tries.

    Args:
        config: The settings that it starts from.
        over: One or two texts, such as `epochs=1..5`.

    Raises:
        ConfigError: A text cannot be read, a value is not allowed, or there are too many texts.
    """
    axes = [_read(config, text) for text in over]
    names = [axis.name for axis in axes]
    if not 1 <= len(set(names)) == len(names) <= MOST_AXES:
        received = ", ".join(names) or "none"
        raise ConfigError("these settings cannot be swept", expected="one or two different ones", received=received)
    return axes


def _read(config: Config, text: str) -> Axis:
    name, equals, said = text.partition("=")
    if not equals:
        raise wrong("what to sweep", HOW, text)
    field = config.field(name)
    if not isinstance(field, Bounded | Choice):
        raise ConfigError(f"{name} cannot be swept", field=name, expected="a setting that is a number or a choice")
    if isinstance(field, Bounded) and ".." in said:
        axis = _read_range(name, field, said)
    else:
        axis = Axis(name, tuple(dict.fromkeys(field.parse(name, one.strip()) for one in said.split(","))))
    if len(axis.values) < 2:
        raise ConfigError(f"{name} has nothing to compare", field=name, expected="two different values", received=said)
    return axis


def _read_range(name: str, field: Bounded, said: str) -> Axis:
    ends, *rest = said.split(":")
    low, high = (field.parse(name, end.strip()) for end in ends.split("..", 1))
    scales, counts = [one for one in rest if one in SCALES], [one for one in rest if one.isdecimal()]
    if low >= high or len(scales) > 1 or len(counts) > 1 or len(rest) > len(scales) + len(counts):
        raise wrong(f"the range of {name}", HOW, said)
    is_log = (scales or [field.scale]) == ["log"]
    if is_log and low <= 0:
        fix = f"Start above {field.format(0)}, or write :linear."
        raise ConfigError(f"the range of {name} has no logarithm at its start", field=name, received=said, fix=fix)
    drawn = Range(low, high, is_log)
    return Axis(name, spread(field, drawn, int(counts[0]) if counts else USUAL), None if counts else drawn)


def spread(field: Bounded, ends: Range, count: int) -> tuple[Any, ...]:
    """Return so many values from one end of a range to the other, those of equal distance; fewer where they coincide.

    Args:
        field: The setting.
        ends: The range; its ends are kept as they are.
        count: Number of values.
    """
    space = np.geomspace if ends.is_log else np.linspace
    inner = (rounded(field, ends, value) for value in space(ends.low, ends.high, max(count, 2))[1:-1])
    return tuple(dict.fromkeys([ends.low, *inner, ends.high]))[:count]


def rounded(field: Bounded, ends: Range, value: float) -> float:
    """Return a value within a range as the setting can take it: whole, or with three digits."""
    short = round(value) if field.whole else float(f"{value:.{DIGITS}g}")
    return type(ends.low)(min(max(short, ends.low), ends.high))


def grid_size(axes: Sequence[Axis]) -> int:
    """Return the number of combinations of all values."""
    return math.prod(len(axis.values) for axis in axes)
