"""When the steps of a long series were measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# What numpy calls the unit of a step -> its name, and that of several
UNITS = {
    "Y": "year",
    "M": "month",
    "D": "day",
    "B": "working day",
    "h": "hour",
    "m": "minute",
    "s": "second",
    "": "step",
}
WEEK = 7  # days


@dataclass(frozen=True)
class Clock:
    """The times of steps at equal intervals.

    Args:
        first: Time of the first step, in ISO 8601; empty if steps are only counted, from 1.
        unit: A key of `UNITS`; months and years differ in length, and working days leave out weekends.
        every: How many of them lie between two steps.
    """

    first: str = ""
    unit: str = ""
    every: int = 1

    def times(self, start: int, count: int) -> np.ndarray:
        """Return the times of some steps, datetime64 (count,), or their numbers, int64, if steps are only counted.

        Args:
            start: Number of the first of them, counted from 0.
            count: How many.
        """
        steps = np.arange(start, start + count) * self.every
        if not self.unit:
            return steps + 1
        if self.unit == "B":
            return np.asarray(np.busday_offset(np.array(self.first, "datetime64[D]"), steps))
        return np.asarray(np.array(self.first, f"datetime64[{self.unit}]") + steps)

    def labels(self, start: int, count: int) -> list[str]:
        """Return the times of some steps as texts, such as 1949-01."""
        minutes = ":00" if self.unit == "h" else ""
        return [str(time).replace("T", " ") + minutes for time in self.times(start, count)]

    def say(self) -> str:
        """Return how far apart steps are, such as "every month"."""
        weeks, rest = divmod(self.every, WEEK)
        count, name = (weeks, "week") if self.unit == "D" and not rest else (self.every, UNITS[self.unit])
        return f"every {name}" if count == 1 else f"every {count:,} {name}s"

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> Clock | None:
        """Return the clock from `vars` of it; None without one."""
        return None if values is None else cls(str(values["first"]), str(values["unit"]), int(values["every"]))
