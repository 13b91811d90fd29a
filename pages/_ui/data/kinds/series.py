"""An uploaded series: what was found, which column is forecast, and from how much."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.datasets.own.own import Card
from core.datasets.series.brought import FURTHEST, LONGEST, MOST_COLUMNS
from core.datasets.series.long import long_series
from core.datasets.spec import DataSpec
from core.figures.forecast import draw_parts
from core.runs.visible import open_seen
from pages._ui.components.charts.chart import chart
from pages._ui.data.kinds.choices import apply
from pages._ui.data.kinds.view import KindView, list_left_out, say_found
from pages._ui.shell import owner, shell, words

NO_DATE = "(none: each row is a step)"


def _describe(card: Card) -> None:
    found, how = card.notes, card.options
    also = f", from it and {', '.join(map(words.name, how['also']))}" if how["also"] else ""
    st.markdown(f"To forecast: **{words.name(how['target'])}**{also}; {found['steps']:,} steps.")


def _review(card: Card) -> str:
    """Show the series, and ask for its column and windows."""
    data = open_seen(shell.store().settings, card.id, owner.actor())
    say_found(card, data.spec)
    _describe(card)
    _preview(card, data.spec)
    options = {**card.options, **_columns(card), **_windows(card)}
    problem = apply(card, options)
    list_left_out(card)
    return problem


def _preview(card: Card, spec: DataSpec) -> None:
    series = long_series(spec)
    if series is not None:
        figure = draw_parts(np.array(card.notes["drawn"], np.float32), card.notes["steps"], series)
        chart(figure, key="add_series", alt=f"{card.options['target']} by time, its training and its test part")


def _columns(card: Card) -> dict[str, Any]:
    how, numbers = card.options, card.notes["numbers"]
    left, middle, right, last = st.columns([30, 25, 30, 15])
    targets = list(dict.fromkeys([how["target"], *numbers]))
    target = left.selectbox(
        "What to forecast",
        targets,
        0,
        key=f"add_target_{card.id}",
        help="The column of numbers whose next values a network says.",
    )
    dates = ["", *(name for name in card.notes["columns"] if name != target)]
    date = middle.selectbox(
        "Dates",
        dates,
        dates.index(how["date"]) if how["date"] in dates else 0,
        format_func=lambda name: name or NO_DATE,
        key=f"add_date_{card.id}",
        help="The column that says when each row was measured.",
    )
    others = [name for name in numbers if name not in (target, date)]
    also = right.multiselect(
        "Read as well",
        others,
        [name for name in how["also"] if name in others],
        max_selections=MOST_COLUMNS - 1,
        key=f"add_also_{card.id}",
        help="Other columns of numbers that may tell what comes. Running free, they stay as a period before.",
    )
    unit = last.text_input("Unit", how["unit"], max_chars=20, key=f"add_unit_{card.id}", help="Stands on the charts.")
    return {"target": target, "date": date, "also": also, "unit": unit.strip()}


def _windows(card: Card) -> dict[str, Any]:
    how = card.options
    left, middle, right = st.columns(3)
    length = left.number_input(
        "Window",
        1,
        LONGEST,
        how["length"],
        key=f"add_length_{card.id}",
        help="Steps that are read for a forecast. Few: it misses what repeats. Many: few examples, slow.",
    )
    horizon = middle.number_input(
        "Horizon",
        1,
        FURTHEST,
        how["horizon"],
        key=f"add_horizon_{card.id}",
        help="How many steps ahead is forecast. 1: the next one. Far: harder.",
    )
    period = right.number_input(
        "Period",
        0,
        100_000,
        how["period"],
        key=f"add_period_{card.id}",
        help="Steps after which it about repeats, such as 12 months. 0: it does not.",
    )
    return {"length": int(length), "horizon": int(horizon), "period": int(period)}


VIEW = KindView(_describe, _review, ":material/timeline:")
