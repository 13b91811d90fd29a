"""Choice of a table's target column, of the kinds of its columns, and of how they are prepared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.datasets.own.own import Card
from core.datasets.tables.preparing import EMPTY, WAYS, Way, misfit, settle
from core.datasets.tables.tables import KINDS, proposed_kind
from core.jobs import ensure_foreman
from core.jobs.submit import queue_preparation
from pages._ui.data.kinds.view import amount
from pages._ui.shell import shell, words

AS_KINDS = ("category", "number")
WAY, FILL, NO_FILL = "Prepared", "Empty cells become", "not needed"
_HELP = {
    "Kind": "What the column holds. A network does not get columns that are ignored, identifiers or constants.",
    WAY: "How it becomes numbers of a similar size. What is measured for that is measured on training rows only.",
    FILL: "What stands for an empty cell, in training and when the network is asked later.",
}


def ask_target(card: Card) -> None:
    """Ask for the target of a table that an older version only described, and prepare the table.

    Args:
        card: Card of data that awaits a target.
    """
    options, problem = choose_target(card)
    st.button(
        "Prepare it",
        key=f"target_{card.id}",
        icon=":material/refresh:",
        disabled=options["target"] is None or bool(problem),
        on_click=_make_ready,
        args=(card, options),
        help="Turn the table into numbers, for networks that predict this column.",
    )


def _make_ready(card: Card, options: Mapping[str, Any]) -> None:
    with shell.remember():
        queue_preparation(shell.store(), card.id, card.title, owner=card.owner, options=options)
        ensure_foreman(shell.store().settings)
    st.rerun()


def choose_target(card: Card) -> tuple[dict[str, Any], str]:
    """Draw the choice of column kinds, of their preparation and of a target.

    Returns:
        The options for the next reading, and what is wrong with them, as a sentence; empty if nothing is.
    """
    columns = card.notes["columns"]
    names = [column["name"] for column in columns]
    before = _rows(card, columns)
    st.caption("What each column is, and how it becomes numbers. Double-click a cell below a pencil to change it.")
    edited = st.data_editor(
        before,
        column_config={
            "Kind": st.column_config.SelectboxColumn(options=list(KINDS), required=True, help=_HELP["Kind"]),
            WAY: st.column_config.SelectboxColumn(options=list(_titles(WAYS)), required=True, help=_HELP[WAY]),
            FILL: st.column_config.SelectboxColumn(options=[NO_FILL, *EMPTY.values()], help=_HELP[FILL]),
            "Range": st.column_config.TextColumn(width="medium"),
            **dict.fromkeys(["Empty cells", "Distinct values"], st.column_config.NumberColumn(format="localized")),
        },
        disabled=["Column", "Empty cells", "Distinct values", "Range", "Examples"],
        hide_index=True,
        key=f"add_columns_{card.id}",
    )
    chosen = dict(zip(names, edited["Kind"], strict=True))
    kinds = {column["name"]: chosen[column["name"]] for column in columns if chosen[column["name"]] != column["kind"]}
    prepared, problem = preparations(before, edited)
    if problem:
        st.warning(words.plain(problem), icon=":material/edit:")
    target = card.options.get("target")
    left, right = st.columns(2)
    wanted = left.selectbox(
        "What to predict",
        [None, *names],
        names.index(target) + 1 if target in names else 0,
        format_func=lambda name: "(not chosen yet)" if name is None else name,
        key=f"add_target_{card.id}",
        on_change=_propose,
        args=(card.id, chosen),
        help="The column that a network predicts from the others.",
    )
    as_kind = right.selectbox(
        "As",
        AS_KINDS,
        AS_KINDS.index(card.options.get("as_kind") or "category"),
        key=f"add_as_{card.id}",
        disabled=wanted is None,
        help="Category: one of several classes. Number: an amount.",
    )
    settled = {"target": wanted, "as_kind": as_kind if wanted is not None else None}
    settled |= {"prepared": prepared} if prepared or "prepared" in card.options else {}
    return {**card.options, "kinds": {**card.options.get("kinds", {}), **kinds}, **settled}, problem


def preparations(before: Mapping[str, list[Any]], edited: Mapping[str, list[Any]]) -> tuple[dict[str, Any], str]:
    """Return how columns are prepared where that is not as usual, and the first choice that does not fit its kind.

    A column whose kind was changed is prepared as is usual for the new one, unless that was chosen too.

    Args:
        before, edited: The table of columns as it was drawn, and with what was chosen since.
    """
    prepared, ways, fills = {}, _titles(WAYS), {title: empty for empty, title in EMPTY.items()}
    for row, column in enumerate(edited["Column"]):
        kind = edited["Kind"][row]
        is_other_kind = kind != before["Kind"][row]
        way, empty = (
            "" if is_other_kind and edited[name][row] == before[name][row] else known.get(edited[name][row], "")
            for name, known in ((WAY, ways), (FILL, fills))
        )
        wanted, usual = settle(kind, {"way": way, "empty": empty}), settle(kind)
        is_fill_chosen = edited[FILL][row] != before[FILL][row]
        if problem := misfit(column, kind, way or wanted.way, empty if is_fill_chosen else ""):
            return {}, problem
        if wanted != usual:
            prepared[column] = {"way": wanted.way, "empty": wanted.empty}
    return prepared, ""


def _titles(ways: Mapping[str, Way]) -> dict[str, str]:
    return {about.title: way for way, about in ways.items()}


def _propose(card_id: str, kinds: Mapping[str, str]) -> None:
    """Set the proposed target kind for the column just chosen."""
    wanted = st.session_state[f"add_target_{card_id}"]
    st.session_state[f"add_as_{card_id}"] = proposed_kind(kinds.get(wanted, ""))


def _rows(card: Card, columns: list[dict[str, Any]]) -> dict[str, list[Any]]:
    prepared = card.options.get("prepared", {})
    ways = [settle(column["kind"], prepared.get(column["name"])) for column in columns]
    return {
        "Column": [column["name"] for column in columns],
        "Kind": [column["kind"] for column in columns],
        WAY: [WAYS[one.way].title for one in ways],
        FILL: [EMPTY.get(one.empty, NO_FILL) for one in ways],
        "Empty cells": [column["missing"] for column in columns],
        "Distinct values": [column["distinct"] for column in columns],
        "Range": ["" if c["low"] is None else f"{amount(c['low'])} to {amount(c['high'])}" for c in columns],
        "Examples": [", ".join(column["examples"]) for column in columns],
    }
