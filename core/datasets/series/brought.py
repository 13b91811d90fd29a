"""A column of a table as a long series to forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.classes.names import safe_names
from core.datasets.dataset import Arrays
from core.datasets.features import Column, Series
from core.datasets.series.clock import Clock
from core.datasets.series.grid import date_column, place_rows, times_of, usual_period
from core.datasets.spec import DataSpec
from core.datasets.tables.inputs import mean_and_spread
from core.datasets.tables.tables import as_numbers, find_column, known_values
from core.datasets.targets import Number
from core.errors import DatasetError

LEAST, MOST = 30, 200_000  # steps
LEAST_TRAIN, LEAST_TEST = 10, 2  # windows
TEST_SHARE = 0.2
LONGEST, FURTHEST, MOST_COLUMNS = 500, 100, 10  # steps of a window and of a horizon; columns that are read
MOST_NUMBERS = 1000  # of a window, so that linear regression can learn from it too
USUAL = 24  # steps of a window, if nothing is known of a period


@dataclass(frozen=True)
class Brought:
    """A series as read.

    Args:
        steps: float32 (steps, columns), the one to forecast first.
        columns: Names of the columns in the file.
        clock: When the steps were measured.
        said: Sentences about how it was read.
    """

    steps: np.ndarray
    columns: tuple[str, ...]
    clock: Clock
    said: tuple[str, ...]


def tested_of(count: int) -> int:
    """Return how many of the steps of a series are for testing: the last fifth."""
    return max(LEAST_TEST, round(TEST_SHARE * count))


def number_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that hold nothing but numbers."""
    found = ((str(name), known_values(frame[name])) for name in frame.columns)
    return [name for name, known in found if len(known) and as_numbers(known).notna().all()]


def read_series(
    frame: pd.DataFrame, columns: Sequence[str], date: str | None, least: int = LEAST, *, is_parted: bool = True
) -> Brought:
    """Read columns of a table as a series, with gaps filled.

    Args:
        frame: Table from `read_table`.
        columns: The columns, the one to forecast first.
        date: The column of dates; "" for rows that are steps as they are, None to look for one.
        least: Steps that it must have.
        is_parted: Whether its last fifth is for testing.

    Raises:
        DatasetError: A column is missing or holds no numbers, dates repeat or are at no equal intervals, or there are
            too few or too many steps.
    """
    cells = {name: _numbers(find_column(frame, name)) for name in columns}
    _check_length(len(frame), max(least, 2), "rows")  # the distance of dates needs two
    date = date_column(frame[[name for name in frame.columns if name not in cells]]) if date is None else date
    said, clock, steps = ["There is no column of dates: each row is a step."], Clock(), np.arange(len(frame))
    if date:
        times = times_of(frame, date)
        order = np.argsort(times, kind="stable")
        _check_doubles(times[order], date)
        steps, clock, said = place_rows(times[order])
        said += ["The rows were put in the order of their dates."] if (np.diff(order) < 0).any() else []
        cells = {name: column.iloc[order] for name, column in cells.items()}
    _check_length(int(steps[-1]) + 1, least, "steps")
    grid = pd.DataFrame({name: pd.Series(column.to_numpy(), steps) for name, column in cells.items()})
    brought = _filled(grid.reindex(np.arange(steps[-1] + 1)), clock, said, is_parted)
    _check_length(len(brought.steps), least, "steps with a value")
    return brought


def _check_length(count: int, least: int, what: str) -> None:
    if not least <= count <= MOST:
        expected, received = f"{least} to {MOST:,} steps", f"{count:,} {what}"
        raise DatasetError("the series has a wrong length", expected=expected, received=received)


def _numbers(cells: pd.Series) -> pd.Series:
    known = known_values(cells)
    numbers = as_numbers(known)
    bad = ~np.isfinite(numbers.to_numpy())
    if bad.any():
        row = known.index[int(np.flatnonzero(bad)[0])]
        what = f"row {row + 1} of the column {short(str(cells.name))!r} holds no number"
        raise DatasetError(what, expected="a number, or an empty cell", received=short(str(cells.loc[row])))
    return numbers.reindex(cells.index)


def _check_doubles(times: np.ndarray, date: str) -> None:
    if (same := np.flatnonzero(np.diff(times).astype(int) == 0)).size:
        twice = str(times[same[0]]).replace("T00:00:00", "").replace("T", " ")
        fix = "Keep one row for each date, such as their sum; or choose another column of dates."
        what = f"the column {short(date)!r} has a date twice"
        raise DatasetError(what, expected="each date once", received=twice, fix=fix)


def _filled(grid: pd.DataFrame, clock: Clock, said: list[str], is_parted: bool) -> Brought:
    """Fill gaps by straight lines, and cut off ends without a value.

    Training steps know nothing of the test part: in a gap across the border they keep the last value.
    """
    full = grid.notna().all(axis=1).to_numpy()
    if not full.any():
        raise DatasetError("no step has a value in every column", fix="Choose fewer columns.")
    first, last = int(full.argmax()), len(full) - int(full[::-1].argmax())
    kept = grid.iloc[first:last]
    gaps = int((~full[first:last]).sum())
    border = max(0, len(kept) - tested_of(len(kept))) if is_parted else 0
    before = kept.iloc[:border].interpolate()
    lines = pd.concat([before, kept.iloc[border:]]).interpolate().to_numpy(np.float64)
    cut = len(full) - (last - first)
    said = [*said, *([f"{cut:,} steps at the ends have no value and were left out."] if cut else [])]
    if gaps:
        said.append(f"{gaps:,} of {len(kept):,} steps had no value: they lie on a straight line between neighbours.")
    if border and kept.iloc[border - 1].isna().any():
        said.append("Where such a gap reaches the test part, the last value before it is kept up to there.")
    if clock.unit and first:
        clock = Clock(clock.labels(first, 1)[0].replace(" ", "T"), clock.unit, clock.every)
    with np.errstate(over="ignore"):
        steps = lines.astype(np.float32)
    if not np.isfinite(steps).all():
        raise DatasetError("the series has numbers that are too large", expected="below 3e38")
    return Brought(steps, tuple(map(str, grid.columns)), clock, tuple(said))


@dataclass(frozen=True)
class Windows:
    """How a series is cut into examples.

    Args:
        length: Steps of a window.
        horizon: Steps from its last one to the one that is to be forecast.
        period: Steps after which the series about repeats; 0 if it does not.
    """

    length: int
    horizon: int
    period: int

    def say(self) -> str:
        """Return it as a sentence."""
        ahead = "the next one" if self.horizon == 1 else f"the one {self.horizon:,} steps later"
        period = f"It is taken to repeat after {self.period:,} steps." if self.period else "It has no known period."
        return f"From {self.length:,} steps, {ahead} is forecast. {period}"

    @classmethod
    def of(cls, brought: Brought, options: Mapping[str, Any]) -> Windows:
        """Return the windows that options name, else usual ones.

        Raises:
            DatasetError: A number is out of range, or windows are too long for the series.
        """
        count, width = brought.steps.shape
        furthest = min(FURTHEST, tested_of(count))  # else the values that training ends with are in no window
        horizon = _within("the horizon", options.get("horizon") or 1, 1, furthest)
        known = options.get("period")
        usual = usual_period(brought.clock)
        period = (usual if 4 * usual <= count else 0) if known is None else _within("the period", known, 0, count // 2)
        room = (count - horizon) // 2
        wanted = min(2 * period or USUAL, room, LONGEST, MOST_NUMBERS // width)
        return cls(_within("the window", options.get("length") or wanted, 1, min(LONGEST, room)), horizon, period)


def _within(what: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        expected, received = f"{low} to {high:,} steps", f"{value:,}"
        raise DatasetError(f"{what} does not fit this series", expected=expected, received=received)
    return value


def learn_series(brought: Brought, windows: Windows, unit: str = "") -> tuple[Arrays, DataSpec]:
    """Return windows and what comes after them, the last fifth for testing.

    Args:
        brought: The series.
        windows: How it is cut.
        unit: Unit of what is to be forecast.

    Raises:
        DatasetError: It is constant, or too short for such windows.
    """
    length, horizon, steps = windows.length, windows.horizon, brought.steps
    count, width = len(steps) - length - horizon + 1, steps.shape[1]
    tested = tested_of(len(steps))
    if count - tested < LEAST_TRAIN:
        fix = f"Choose a window of at most {max(1, len(steps) - horizon - tested - LEAST_TRAIN)} steps."
        raise DatasetError("the window is too long for this series", received=f"{length} of {len(steps)}", fix=fix)
    if length * width > MOST_NUMBERS:
        expected, received = f"at most {MOST_NUMBERS:,} numbers", f"{length} steps of {width} columns"
        raise DatasetError("the window is too large", expected=expected, received=received)
    known = steps[: len(steps) - tested]
    if np.ptp(known[:, 0]) == 0:
        what = f"the column {short(brought.columns[0])!r} is constant in its training part"
        raise DatasetError(
            what, expected="numbers that change", received=f"{known[0, 0]:g} in all {len(known):,} steps"
        )
    pieces = np.lib.stride_tricks.sliding_window_view(steps, length, axis=0)[:count].swapaxes(1, 2)
    x, y = np.ascontiguousarray(pieces), steps[length + horizon - 1 :, 0].copy()
    cut = count - tested
    names, scales = safe_names(brought.columns), [mean_and_spread(column) for column in known.T]
    columns = tuple(Column(name, mean=mean, spread=spread) for name, (mean, spread) in zip(names, scales, strict=True))
    features = Series(columns, length, windows.period, brought.clock, horizon)
    arrays = {"x_train": x[:cut], "y_train": y[:cut], "x_test": x[cut:], "y_test": y[cut:]}
    return arrays, DataSpec(features, Number(names[0], unit, *scales[0]), cut, tested)
