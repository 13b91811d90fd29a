"""How one column of a table matters: the answers on average when it has each of its values in all rows."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.datasets.tables.columns import say_cell
from core.figures.inside.columns import draw_dependence
from core.schedule.split import evenly_spread
from pages._ui.components.charts.chart import chart
from pages._ui.inside.files import offer
from pages._ui.inside.learned.chosen import SLOW_S, affordable, of_all
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

ROWS, POINTS = 500, 24
ALL, MOST_CLASSES = -1, 6  # that are drawn together
COLUMN = "inside_column"  # in the link too
HEIGHT = 400


def draw_column(inside: Inside, data: Prepared) -> None:
    """Draw the choice of a column, and how the answers depend on it."""
    features = inside.dataset.spec.features
    if not isinstance(features, Vector):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        place = _choose_column(inside, features)
        shown = _choose_class(inside)
    rows = evenly_spread(np.arange(len(data.y_train)), affordable(inside, ROWS, POINTS))
    ask, none = inside.asker(SLOW_S), np.zeros((0, *inside.dataset.spec.input_shape), np.float32)

    def question() -> tuple[Column, Arrays]:
        return features.columns[place], ask("dependence", none, rows=rows, column=place, points=POINTS)

    show = partial(_show, inside, shown, len(rows))
    of_all(inside).follow("dependence", question, show, given=place, height=HEIGHT)


def _choose_column(inside: Inside, features: Vector) -> int:
    linked = st.query_params.get(COLUMN, "")
    count = len(features.columns)
    known = int(linked) if linked.isdecimal() and len(linked) < 5 and int(linked) < count else 0
    chosen = st.selectbox(
        "Column",
        range(count),
        known,
        format_func=lambda at: words.plain(features.columns[at].name),
        key=f"inside_column_{inside.run.id}",
        width=260,
        help="Gets each of its values in all rows, while the other columns stay as they are.",
    )
    st.query_params[COLUMN] = str(chosen)
    return int(chosen)


def _choose_class(inside: Inside) -> list[int]:
    """Draw the choice of the class, if there are classes, and return those that are drawn."""
    classes = inside.dataset.spec.classes
    if not classes:
        return [0]
    together = [ALL] if 2 < len(classes) <= MOST_CLASSES else []
    chosen = st.selectbox(
        "Class",
        [*together, *range(len(classes))],
        len(classes) - 1 if len(classes) == 2 else 0,
        format_func=lambda at: "All classes" if at == ALL else words.plain(classes[at]),
        key=f"inside_dependence_class_{inside.run.id}",
        width=200,
        help="Whose probability is drawn. A single class: also that of some single rows, as thin lines.",
    )
    return list(range(len(classes))) if chosen == ALL else [int(chosen)]


def _show(inside: Inside, shown: list[int], count: int, answer: tuple[Column, Arrays]) -> None:
    (column, found), spec = answer, inside.dataset.spec
    names = [spec.classes[at] for at in shown] if spec.classes else [spec.target.name]  # type: ignore[union-attr]
    unit = "" if spec.classes else spec.target.unit  # type: ignore[union-attr]
    label = "probability" if spec.classes else f"predicted {names[0]}{f' ({unit})' if unit else ''}"
    average = found["average"][:, shown]
    parts = (found["grid"], average, found["single"][..., shown], found["counts"], found["edges"])
    if spec.classes and len(shown) == 1:
        label = f"probability of {words.name(names[0])}"
    figure = draw_dependence(column, *parts, names, label, is_share=bool(spec.classes))
    low, high = int(average[:, 0].argmin()), int(average[:, 0].argmax())
    grid, is_share = found["grid"], bool(spec.classes)
    ends = [f"{_value(average[at, 0], is_share=is_share)} at {_cell(column, grid[at])}" for at in (low, high)]
    chart(figure, key="inside_dependence", alt=f"{names[0]} by {column.name}: from {ends[0]} to {ends[1]}")
    if len(shown) == 1:
        st.markdown(f"On average from **{words.plain(ends[0])}** to **{words.plain(ends[1])}**.")
    thin = f" In grey: {len(found['single'])} single {spec.kind}; where they cross, it depends on other columns."
    st.caption(
        f"The average answer to {count:,} training {spec.kind}, all with this value. Below: how many have which value; "
        f"where there are few, the line is a guess. If the column moves with another, some of these {spec.kind} could "
        f"not exist.{thin if len(shown) == 1 else ''}"
    )
    table = {column.name: [_cell(column, value) for value in grid], **dict(zip(names, average.T, strict=True))}
    offer(inside, "dependence", table=partial(pd.DataFrame, table), numbers=found, key="dependence")


def _value(value: float, *, is_share: bool) -> str:
    return words.percent(float(value)) if is_share else words.number(float(value), 4)


def _cell(column: Column, value: float) -> str:
    return column.values[int(value)] if column.values else say_cell(column, float(f"{value:.4g}"))
