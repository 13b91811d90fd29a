"""Put the rows of a table on steps at equal intervals: find how far apart they are, and where rows are missing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from core.datasets.archives.zips import short
from core.datasets.series.clock import Clock
from core.datasets.tables.tables import as_dates, known_values
from core.errors import DatasetError

DAY_S = 86_400
MOSTLY = 0.8  # of the cells of a column of dates are dates
MOST_EMPTY = 2  # steps for each row; more are gaps that nobody can fill
SECONDS = {"h": 3600, "m": 60, "s": 1}
PERIODS = {("M", 1): 12, ("M", 3): 4, ("B", 1): 5, ("D", 1): 7, ("D", 7): 52, ("h", 1): 24}  # by unit and step
_YEARS = (1000, 3000)


def date_column(frame: pd.DataFrame) -> str:
    """Return the column that says when each row was measured; "" if there is none."""
    return next((str(name) for name in frame.columns if len(_times(frame[name])) >= MOSTLY * len(frame)), "")


def times_of(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Return the time of each row, datetime64 in seconds.

    Raises:
        DatasetError: A row has no date.
    """
    times = _times(frame[column]).reindex(frame.index)
    if times.isna().any():
        row = int(np.flatnonzero(times.isna())[0])
        what = f"row {row + 1} of the column {short(column)!r} has no date"
        raise DatasetError(what, expected="a date in every row", received=short(str(frame[column].iloc[row])))
    return np.asarray(times.to_numpy(), "datetime64[s]")


def _times(cells: pd.Series) -> pd.Series:
    """Return dates without a time zone, those of years as numbers too; cells that are none are left out."""
    known = known_values(cells)
    if pd.api.types.is_numeric_dtype(known):
        is_year = known.between(*_YEARS) & (known % 1 == 0)
        named = str(cells.name).strip().lower().startswith(("year", "date", "time"))
        years = known[is_year & named & known.is_unique].astype(int).astype(str)
        return pd.to_datetime(years, format="%Y")
    dates = pd.to_datetime(as_dates(known), utc=True, errors="coerce").dropna()
    return dates.dt.tz_localize(None)


def place_rows(times: np.ndarray) -> tuple[np.ndarray, Clock, list[str]]:
    """Return the step of each row, their clock, and sentences about what was found.

    Args:
        times: datetime64[s] (rows,), in order, without doubles.

    Raises:
        DatasetError: They are at no equal intervals, or most steps have no row.
    """
    clock = _clock(times)
    steps, is_moved = _steps(times, clock)
    if len(np.unique(steps)) < len(steps):
        row = int(np.flatnonzero(np.diff(steps) == 0)[0])
        what = f"the dates are at no equal intervals: most rows are {clock.say().removeprefix('every ')} apart"
        raise DatasetError(what, expected="one row for each step", received=f"{times[row]} and {times[row + 1]}")
    if steps[-1] + 1 > MOST_EMPTY * len(steps):
        received = f"{len(steps):,} rows for {steps[-1] + 1:,} steps, {clock.say()}"
        raise DatasetError(
            "there are too many gaps", expected="a row for at least every second step", received=received
        )
    moved = [f"{is_moved:,} dates were moved to the nearest step."] if is_moved else []
    return steps, clock, [f"A step {clock.say()}, from {clock.labels(0, 1)[0]}, as the dates say.", *moved]


def usual_period(clock: Clock) -> int:
    """Return the steps after which such a series usually about repeats, such as 12 months; 0 if nobody knows."""
    seconds = SECONDS.get(clock.unit, 0) * clock.every
    if 0 < seconds < DAY_S and DAY_S % seconds == 0:
        return DAY_S // seconds
    return PERIODS.get((clock.unit, clock.every), 0)


def _clock(times: np.ndarray) -> Clock:
    days = times.astype("datetime64[D]")
    if (times != days).any():
        return _of_seconds(times)
    months = days.astype("datetime64[M]")
    in_month = (days - months).astype(int)
    is_last = (days + 1).astype("datetime64[M]") > months
    if len(times) > 1 and (len(set(in_month.tolist())) == 1 or is_last.all()):
        every = _usual(np.diff(months.astype(int)))
        if every % 12 == 0:
            return Clock(str(days[0].astype("datetime64[Y]")), "Y", every // 12)
        return Clock(str(months[0]), "M", every)
    every = _usual(np.diff(days.astype(int)))
    is_weekday = np.is_busday(days).all()
    unit = "B" if every == 1 and is_weekday and len(days) > 5 else "D"
    return Clock(str(days[0]), unit, every)


def _of_seconds(times: np.ndarray) -> Clock:
    every = _usual(np.diff(times.astype(int)))
    unit = next(unit for unit, seconds in SECONDS.items() if every % seconds == 0)
    return Clock(str(times[0]), unit, every // SECONDS[unit])


def _usual(apart: np.ndarray) -> int:
    """Return the most frequent distance, the smallest of equally frequent ones."""
    counts = Counter(apart.tolist())
    return int(min(counts, key=lambda distance: (-counts[distance], distance)))


def _steps(times: np.ndarray, clock: Clock) -> tuple[np.ndarray, int]:
    """Return the nearest step of each time, and how many times lie between steps."""
    if clock.unit == "B":
        return np.busday_count(times[0].astype("datetime64[D]"), times.astype("datetime64[D]")), 0
    whole = "s" if clock.unit in SECONDS else clock.unit
    apart = (times.astype(f"datetime64[{whole}]") - times[0].astype(f"datetime64[{whole}]")).astype(int)
    every = clock.every * SECONDS.get(clock.unit, 1)
    steps = np.rint(apart / every).astype(int)
    return steps, int((steps * every != apart).sum())
