"""Dates as numbers or words that a network can learn from, and back."""

from __future__ import annotations

from calendar import day_name, month_name
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MISSING = "missing"  # word for an empty cell
DAYS, MONTH, WEEKDAY = "days", "month", "weekday"  # ids of `Column.date`
EPOCH = datetime(2000, 1, 1)
NAMES = {MONTH: tuple(month_name[1:]), WEEKDAY: tuple(day_name)}


def days_of(dates: pd.Series) -> pd.Series:
    """Return the days since 2000, float64, of dates with or without a time zone."""
    import pandas as pd

    plain = pd.to_datetime(dates, utc=True).dt.tz_localize(None)
    return (plain - pd.Timestamp(EPOCH)) / pd.Timedelta(days=1)


def names_of(dates: pd.Series, part: str) -> pd.Series:
    """Return the name of the month or of the day of the week, `part`, of dates."""
    places = dates.dt.month - 1 if part == MONTH else dates.dt.day_of_week
    return places.map(dict(enumerate(NAMES[part])))


def day_of(date: datetime) -> float:
    """Return the days since 2000 of one date."""
    return (date - EPOCH) / timedelta(days=1)


def date_of(days: float) -> datetime:
    """Return the date that is so many days after 2000, to the minute."""
    return EPOCH + timedelta(minutes=round(float(days) * 24 * 60))


def say_date(days: float) -> str:
    """Return a date as text: `2024-03-01`, or `2024-03-01 14:30` if it has a time."""
    date = date_of(days)
    return f"{date:%Y-%m-%d}" if (date.hour, date.minute) == (0, 0) else f"{date:%Y-%m-%d %H:%M}"
