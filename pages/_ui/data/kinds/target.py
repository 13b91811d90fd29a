"""Choice of a table's target column and of the kinds of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.datasets.own.own import Card
from core.datasets.tables.tables import KINDS, proposed_kind
from core.jobs import ensure_foreman
from core.jobs.submit import queue_preparation
from pages._ui.data.kinds.view import amount
from pages._ui.shell import shell

AS_KINDS = ("category", "number")


def ask_target(card: Card) -> None:
    """Ask for the target of a table that an older version only described, and prepare the table.

    Args:
        card: Card of data that awaits a target.
    """
    options = choose_target(card)
    st.button(
        "Prepare it",
        key=f"target_{card.id}",
        icon=":material/refresh:",
        disabled=options["target"] is None,
        on_click=_make_ready,
        args=(card, options),
        help="Turn the table into numbers, for networks that predict this column.",
    )


def _make_ready(card: Card, options: Mapping[str, Any]) -> None:
    with shell.remember():
        queue_preparation(shell.store(), card.id, card.title, owner=card.owner, options=options)
        ensure_foreman(shell.store().settings)
    st.rerun()


def choose_target(card: Card) -> dict[str, Any]:
    """Draw the choice of column kinds and of a target; return the options for the next reading."""
    columns = card.notes["columns"]
    names = [column["name"] for column in columns]
    edited = st.data_editor(
        _rows(columns),
        column_config={
            "Kind": st.column_config.SelectboxColumn(options=list(KINDS), required=True),
            **dict.fromkeys(["Missing", "Distinct values"], st.column_config.NumberColumn(format="localized")),
        },
        disabled=["Column", "Missing", "Distinct values", "Range", "Examples"],
        hide_index=True,
        key=f"add_columns_{card.id}",
    )
    chosen = dict(zip(names, edited["Kind"], strict=True))
    kinds = {column["name"]: chosen[column["name"]] for column in columns if chosen[column["name"]] != column["kind"]}
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
    return {**card.options, "kinds": {**card.options.get("kinds", {}), **kinds}, **settled}


def _propose(card_id: str, kinds: Mapping[str, str]) -> None:
    """Set the proposed target kind for the column just chosen."""
    wanted = st.session_state[f"add_target_{card_id}"]
    st.session_state[f"add_as_{card_id}"] = proposed_kind(kinds.get(wanted, ""))


def _rows(columns: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {
        "Column": [column["name"] for column in columns],
        "Kind": [column["kind"] for column in columns],
        "Missing": [column["missing"] for column in columns],
        "Distinct values": [column["distinct"] for column in columns],
        "Range": ["" if c["low"] is None else f"{amount(c['low'])} to {amount(c['high'])}" for c in columns],
        "Examples": [", ".join(column["examples"]) for column in columns],
    }
