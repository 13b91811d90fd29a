"""A row of numbers, each of which can be changed."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.features import Column, Vector
from core.datasets.points.points import LIMIT
from pages._ui.shell import words

HEIGHT = 330


def draw_row(features: Vector, start: np.ndarray, key: str) -> np.ndarray:
    """Draw an input for each column, and return the row, float32 (n,).

    Args:
        features: The columns.
        start: The row to begin with, float32 (n,).
        key: Distinguishes this row from others.
    """
    parts, at = [], 0
    with st.container(height=HEIGHT if len(features.columns) > 4 else "content", border=False, key="inside_row_cells"):
        for place, column in enumerate(features.columns):
            size = len(column.numbers)
            parts.append(_cell(column, start[at : at + size], f"inside_cell_{key}_{place}", is_point=features.is_point))
            at += size
    return np.concatenate(parts).astype(np.float32)


def _cell(column: Column, start: np.ndarray, key: str, *, is_point: bool) -> np.ndarray:
    label = words.plain(column.name)
    if column.values:
        chosen = st.selectbox(label, range(len(column.values)), int(start.argmax()), column.values.__getitem__, key=key)
        return np.eye(len(column.values), dtype=np.float32)[chosen]
    if is_point:
        value = st.slider(label, -LIMIT, LIMIT, float(np.clip(start[0], -LIMIT, LIMIT)), 0.01, key=key)
    else:
        value = st.number_input(label, value=float(f"{start[0]:.6g}"), key=key, format="%.6g", help=_help(column))
    return np.array([value], np.float32)


def _help(column: Column) -> str:
    low, high = (words.number(column.mean + way * 2 * column.spread) for way in (-1, 1))
    return f"Most training rows have {low} to {high}. Far outside, the answer means little."


def usual(features: Vector) -> np.ndarray:
    """Return a row of the columns' means, and of their first words."""
    parts = [np.eye(len(one.values))[0] if one.values else np.array([one.mean]) for one in features.columns]
    return np.concatenate(parts).astype(np.float32)
