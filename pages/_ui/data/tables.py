"""Draw a prepared table: its first rows, its columns and its target."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.datasets.tables.columns import cells_of, columns_of, say_cell
from core.datasets.tables.dates import DAYS, MONTH, WEEKDAY
from core.datasets.targets import Classes, Number, count_labels
from core.figures.data import draw_balance, draw_spread
from pages._ui.components.charts.chart import chart
from pages._ui.data.kinds.view import amount
from pages._ui.shell import words

ROWS = 20
COLUMNS = 6  # per page
PARTS = ("train", "test")


def know_table(data: Prepared, features: Vector) -> None:
    """Draw the target, first rows and columns of a table.

    Args:
        data: The table.
        features: Its columns.
    """
    draw_target(data, "know_target")
    st.subheader("First rows")
    st.caption(f"The first {min(ROWS, data.spec.train_size)} training rows, as a network sees them.")
    st.dataframe(_first_rows(data, features), hide_index=True, key="know_rows")
    st.subheader("Columns")
    pages = -(-len(features.columns) // COLUMNS)
    page = 1
    if pages > 1:
        page = st.number_input(f"Columns, page of {pages:,}", 1, pages, 1, key=f"know_columns_{data.id}")
    _columns(data, features, (page - 1) * COLUMNS)


def draw_target(data: Prepared, key: str) -> None:
    """Draw the distribution of a table's target.

    Args:
        data: The table.
        key: Streamlit key of the chart.
    """
    target, y = data.spec.target, [np.asarray(getattr(data, f"y_{part}")) for part in PARTS]
    if isinstance(target, Classes):
        st.subheader(f"{data.spec.kind.capitalize()} per class")
        _counts(target.names, y, "class", key, data.spec.kind)
    if isinstance(target, Number):
        st.subheader(f"Target: {words.name(target.name)}")
        _spread(y, target.name, key, data.spec.kind)


def _first_rows(data: Prepared, features: Vector) -> pd.DataFrame:
    """Return training rows as written in the file, the target last."""
    frame = pd.DataFrame(cells_of(features, np.asarray(data.x_train[:ROWS])))
    target, y = data.spec.target, data.y_train[:ROWS]
    if isinstance(target, Classes):
        frame[_free("class", frame)] = [target.names[label] for label in y]
    if isinstance(target, Number):
        frame[_free(target.name, frame)] = y
    return frame


def _free(name: str, frame: pd.DataFrame) -> str:
    return name if name not in frame else f"{name} (target)"


def _columns(data: Prepared, features: Vector, first: int) -> None:
    parts = (columns_of(features, getattr(data, f"x_{part}")) for part in PARTS)
    sides = st.columns(2, gap="medium")
    for place, ((column, train), (_, test)) in enumerate(islice(zip(*parts, strict=True), first, first + COLUMNS)):
        with sides[place % 2]:
            st.markdown(f"**{words.name(column.name)}**")
            st.caption(_preparation(column))
            if column.values:
                _counts(column.values, (train, test), column.name, f"know_column_{place}")
            else:
                unit = ", days since 2000" if column.date == DAYS else ""
                _spread((train, test), f"{column.name}{unit}", f"know_column_{place}")


def _preparation(column: Column) -> str:
    """Say how a column becomes numbers."""
    filled = "" if column.fill is None else f" Empty cells count as {words.plain(say_cell(column, column.fill))}."
    if column.values:
        what = {MONTH: "The month of a date, one-hot", WEEKDAY: "The day of the week, one-hot"}.get(
            column.date, "One-hot"
        )
        other = f"; rarer words count as {words.plain(column.other)}" if column.other else ""
        return f"{what}: {len(column.values)} numbers{other}.{filled}"
    offset, divisor = (words.number(value) for value in column.scaling)
    if column.scaling == (0.0, 1.0):
        return f"Given to the network as it is.{filled}"
    start = "Days since 2000, s" if column.date else "S"
    return f"{start}caled: minus {offset}, divided by {divisor}.{filled}"


def _counts(values: Sequence[str], parts: Sequence[np.ndarray], name: str, key: str, kind: str = "rows") -> None:
    counts = [count_labels(part, len(values)) for part in parts]
    listed = ", ".join(f"{value} {train:,} and {test:,}" for value, train, test in zip(values, *counts, strict=True))
    alt = f"Training and test {kind} of each {name}: {listed}"
    chart(draw_balance(values, *counts, noun=kind, axis=name), key=key, alt=alt)


def _spread(parts: Sequence[np.ndarray], name: str, key: str, kind: str = "rows") -> None:
    low, high = (float(most(list(map(most, parts)))) for most in (np.min, np.max))
    alt = f"Training and test {kind} by {name}, from {amount(low)} to {amount(high)}"
    chart(draw_spread(*parts, name), key=key, alt=alt)
