"""A row of a table or a point, each value of which can be changed."""

from __future__ import annotations

from datetime import date, datetime, time

import numpy as np
import streamlit as st

from core.datasets.features import Column, Vector
from core.datasets.points.points import LIMIT
from core.datasets.tables.dates import DAYS, date_of, day_of
from pages._ui.shell import words

HEIGHT, FEW = 330, 6
STEPS = 200  # of a slider, at least

Range = tuple[float, float, bool]  # lowest, highest, and whether all are whole numbers


def draw_row(
    features: Vector, start: np.ndarray, key: str, ranges: list[Range] | None = None, height: int = HEIGHT
) -> np.ndarray:
    """Draw an input for each column, and return the row, float32 (n,).

    Args:
        features: The columns.
        start: The row to begin with, float32 (n,).
        key: Distinguishes this row from others.
        ranges: Of each column's numbers, for sliders; None if that would tell of the data.
        height: Of the box that holds more than `FEW` columns, in pixels.
    """
    parts, at = [], 0
    with st.container(
        height=height if len(features.columns) > FEW else "content", border=False, key="inside_row_cells"
    ):
        for place, column in enumerate(features.columns):
            size, known = len(column.numbers), ranges[place] if ranges else None
            where = f"inside_cell_{key}_{place}"
            if features.is_point:
                known = (-LIMIT, LIMIT, False)
            parts.append(_cell(column, start[at : at + size], where, known))
            at += size
    return np.concatenate(parts).astype(np.float32)


def _cell(column: Column, start: np.ndarray, key: str, known: Range | None) -> np.ndarray:
    label = words.plain(column.name)
    if column.values:
        chosen = st.selectbox(label, range(len(column.values)), int(start.argmax()), column.values.__getitem__, key=key)
        return np.eye(len(column.values), dtype=np.float32)[chosen]
    if column.date == DAYS:
        return np.array([_date(column, float(start[0]), key, known)], np.float32)
    value = float(f"{start[0]:.6g}")
    if known is None:
        moved = st.number_input(label, value=value, key=key, format="%.6g", help=_help(column))
    else:
        moved = _slider(label, value, key, known)
    return np.array([start[0] if moved == value else moved], np.float32)


def _slider(label: str, value: float, key: str, known: Range) -> float:
    """Draw a slider over the values that training rows have, and this one."""
    low, high, is_whole = known
    low, high = min(low, value), max(high, value)
    step = 10 ** np.floor(np.log10((high - low or 1.0) / STEPS))
    if is_whole and value == round(value) and high - low >= 1:
        return float(st.slider(label, int(low), int(high), int(value), max(1, int(step)), key=key))
    low, high = float(np.floor(low / step) * step), float(np.ceil(high / step) * step) or step
    digits = max(0, -int(np.floor(np.log10(step))))
    shown = f"%.{digits}f" if digits < 7 else "%.3g"
    return float(st.slider(label, low, max(high, low + step), value, float(step), format=shown, key=key))


def _date(column: Column, start: float, key: str, known: Range | None) -> float:
    """Draw the choice of a day and return it as days since 2000."""
    before = date_of(start).date()
    ends = [before, *(date_of(end).date() for end in (known or (start, start))[:2])]
    label = words.plain(column.name)
    first, last = (min(ends), max(ends)) if known else (date(1900, 1, 1), date(2200, 1, 1))
    chosen = st.date_input(label, before, first, last, key=key)
    if not isinstance(chosen, date) or chosen == before:  # emptied, or as it was, with its time of day
        return start
    return day_of(datetime.combine(chosen, time()))


def _help(column: Column) -> str:
    low, high = (words.number(column.mean + way * 2 * column.spread) for way in (-1, 1))
    return f"Most training rows have {low} to {high}. Far outside, the answer means little."


def usual(features: Vector) -> np.ndarray:
    """Return a row of the columns' means, and of their first words."""
    parts = [np.eye(len(one.values))[0] if one.values else np.array([one.mean]) for one in features.columns]
    return np.concatenate(parts).astype(np.float32)


def ranges_of(features: Vector, x: np.ndarray) -> list[Range]:
    """Return the lowest and the highest value of each column among rows (n, numbers); of words nothing is meant."""
    lows, highs, whole = x.min(0), x.max(0), (x == np.round(x)).all(0)
    starts = np.cumsum([0, *(len(column.numbers) for column in features.columns[:-1])])
    return [(float(f"{lows[at]:.6g}"), float(f"{highs[at]:.6g}"), bool(whole[at])) for at in starts]
