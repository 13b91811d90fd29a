"""The answer to one row, and what would change it."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.datasets import Prepared
from core.datasets.features import Column, Vector
from core.datasets.tables.columns import say_cell
from core.datasets.targets import Number
from core.figures.colours import RUNS
from core.runs.examples.columns import (
    Tried,
    changes_of_class,
    changes_of_number,
    looked_at,
    try_changes,
    usual_values,
)
from pages._ui.components.pictures.reading import Voice, reading
from pages._ui.inside.files import offer
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.shell import words

HEIGHT = 360
_ABOUT = (
    "One column at a time, over the values that training rows usually have (numbers from their 5 % to their 95 % "
    "quantile); all others stay as they are. It tells what this network does, not what would happen in the world."
)


def draw_this_row(inside: Inside, data: Prepared) -> None:
    """Draw the answer to the row on the left, and for each column what would change it."""
    features = inside.dataset.spec.features
    if inside.example is None or not isinstance(features, Vector):
        st.info("Choose a row. Here you then see the answer to it, and what would change it.")
        return
    tried = try_changes(features, inside.example, usual_values(features, looked_at(data)))
    ask = inside.asker()
    show = _show_class if inside.dataset.spec.classes else _show_number
    inside.follow("this_row", lambda: (tried, ask("answer", tried.rows)), partial(show, inside), height=HEIGHT)


def _show_class(inside: Inside, answer: tuple[Tried, Arrays]) -> None:
    (tried, found), spec = answer, inside.dataset.spec
    answers, classes = next(iter(found.values())), spec.classes
    said = int(answers[0].argmax())
    voice = Voice(inside.run.name, RUNS[0], ["now"], answers[:1])
    reading([voice], classes, key="inside_row_answer", number=0)
    changes = changes_of_class(spec.features, tried, answers)  # type: ignore[arg-type]
    first = changes[0]
    st.subheader("What would change it")
    if first.is_other:
        to = f"**{words.plain(first.column.name)}** {_to(first.column, first.value)}"
        other = int(first.answer.argmax())
        share = words.percent(float(first.answer[other]), 0)
        st.markdown(f"{to} alone would make it say **{words.plain(classes[other])}** ({share}).")
    else:
        st.markdown("No usual value of a single column would make it say anything else.")
    table = {
        "Column": [one.column.name for one in changes],
        "Now": [_now(inside, one.column) for one in changes],
        "Instead": [_said(one.column, one.value) for one in changes],
        "It would say": [classes[int(one.answer.argmax())] for one in changes],
        f"Probability of {classes[said]}": [words.percent(float(one.answer[said])) for one in changes],
    }
    _table(inside, table)


def _show_number(inside: Inside, answer: tuple[Tried, Arrays]) -> None:
    (tried, found), target = answer, inside.dataset.spec.target
    answers = next(iter(found.values()))
    unit = f" {target.unit}".rstrip() if isinstance(target, Number) else ""
    st.metric(f"Predicted {words.plain(target.name)}", f"{words.number(float(answers[0, 0]), 4)}{words.plain(unit)}")  # type: ignore[union-attr]
    pairs = changes_of_number(inside.dataset.spec.features, tried, answers)  # type: ignore[arg-type]
    low, high = pairs[0]
    st.subheader("What would change it")
    ends = [f"{words.number(float(one.answer[0]), 4)}{unit} ({_said(one.column, one.value)})" for one in (low, high)]
    st.markdown(
        f"**{words.plain(low.column.name)}** most: alone, it would move the answer from {words.plain(ends[0])} to "
        f"{words.plain(ends[1])}."
    )
    table = {
        "Column": [one.column.name for one, _ in pairs],
        "Now": [_now(inside, one.column) for one, _ in pairs],
        "Lowest answer": [words.number(float(one.answer[0]), 4) for one, _ in pairs],
        "at": [_said(one.column, one.value) for one, _ in pairs],
        "Highest answer": [words.number(float(one.answer[0]), 4) for _, one in pairs],
        "at ": [_said(one.column, one.value) for _, one in pairs],
    }
    _table(inside, table)


def _table(inside: Inside, table: dict[str, list[str]]) -> None:
    frame = pd.DataFrame(table)
    st.dataframe(frame, hide_index=True, key="inside_changes", alt="For each column, what would change the answer")
    st.caption(_ABOUT)
    offer(inside, "changes", table=lambda: frame, key="changes")


def _to(column: Column, value: float) -> str:
    return f"at {words.plain(_said(column, value))}"


def _said(column: Column, value: float) -> str:
    return column.values[int(value)] if column.values else say_cell(column, float(f"{value:.4g}"))


def _now(inside: Inside, column: Column) -> str:
    """Return the value that the row has."""
    features, row = inside.dataset.spec.features, np.asarray(inside.example)
    place = features.columns.index(column)  # type: ignore[union-attr]
    at = sum(len(one.numbers) for one in features.columns[:place])  # type: ignore[union-attr]
    return (
        column.values[int(row[at : at + len(column.values)].argmax())] if column.values else say_cell(column, row[at])
    )
