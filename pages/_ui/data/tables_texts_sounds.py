"""Tables, texts and sounds: what was found in them, and what should be predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.datasets.own.own import Card
from core.datasets.tables.tables import KINDS, proposed_kind
from pages._ui.shell import words

AS_KINDS = ("category", "number")


def draw_other(card: Card) -> None:
    """Show what is known of a table, a text or sounds."""
    {"table": _table, "text": _text, "sounds": _sounds}[card.kind](card.notes)


def choose_target(card: Card) -> dict[str, Any]:
    """Draw the choice of kinds and of a target; return the options of the next look."""
    columns = card.notes["columns"]
    names = [column["name"] for column in columns]
    edited = st.data_editor(
        _rows(columns),
        column_config={"Kind": st.column_config.SelectboxColumn(options=list(KINDS), required=True)},
        disabled=["Column", "Missing", "Different", "Range", "Examples"],
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
        format_func=lambda name: "(nothing chosen yet)" if name is None else name,
        key=f"add_target_{card.id}",
        on_change=_propose,
        args=(card.id, chosen),
        help="The column that a network will have to guess from the others.",
    )
    as_kind = right.selectbox(
        "As",
        AS_KINDS,
        AS_KINDS.index(card.options.get("as_kind") or "category"),
        key=f"add_as_{card.id}",
        disabled=wanted is None,
        help="A category: one of some classes. A number: how much of something.",
    )
    settled = {"target": wanted, "as_kind": as_kind if wanted is not None else None}
    return {**card.options, "kinds": {**card.options.get("kinds", {}), **kinds}, **settled}


def _propose(card_id: str, kinds: Mapping[str, str]) -> None:
    """Propose to predict a column that was just chosen as what it seems to be."""
    wanted = st.session_state[f"add_target_{card_id}"]
    st.session_state[f"add_as_{card_id}"] = proposed_kind(kinds.get(wanted, ""))


def _rows(columns: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {
        "Column": [column["name"] for column in columns],
        "Kind": [column["kind"] for column in columns],
        "Missing": [column["missing"] for column in columns],
        "Different": [column["distinct"] for column in columns],
        "Range": ["" if column["low"] is None else f"{column['low']:g} to {column['high']:g}" for column in columns],
        "Examples": [", ".join(column["examples"]) for column in columns],
    }


def _table(found: Mapping[str, Any]) -> None:
    missing = sum(column["missing"] for column in found["columns"])
    st.markdown(
        f"{found['rows']:,} rows of {len(found['columns'])} columns, cells without a value: {missing:,}, "
        f"rows that repeat another: {found['duplicates']:,}."
    )
    target = found.get("target")
    if target is None:
        return
    name = words.name(target["column"])
    if target["kind"] == "number":
        st.markdown(f"To predict: **{name}**, a number from {target['low']:g} to {target['high']:g}.")
    else:
        listed = ", ".join(f"{words.name(label)} {count:,}" for label, count in target["classes"][:20])
        st.markdown(f"To predict: **{name}**, {target['classes_count']:,} classes: {listed}.")
    for problem in target["problems"]:
        st.markdown(f":material/visibility: {words.plain(problem)}")


def _text(found: Mapping[str, Any]) -> None:
    st.markdown(
        f"{found['characters']:,} characters, {found['words']:,} words, {found['lines']:,} lines; "
        f"{found['distinct_characters']:,} different characters, {found['distinct_words']:,} different words; "
        f"the longest line has {found['longest_line']:,} characters."
    )
    if found["undecoded"]:
        st.markdown(f":material/visibility: {words.percent(found['undecoded'], 2)} of it could not be decoded.")
    frequent = ", ".join(f"{words.name(word)} {count:,}" for word, count in found["top_words"][:12])
    st.caption(f"Most frequent words: {frequent}")
    with st.expander("How it begins"):
        st.code(found["sample"], language=None, wrap_lines=True)


def _sounds(found: Mapping[str, Any]) -> None:
    total = sum(count for _, count in found["classes"])  # at most 100 classes
    st.markdown(
        f"{total:,} sounds of {len(found['classes'])} classes, {words.duration(found['seconds'])} in all, each "
        f"{found['shortest_s']:.2f} to {found['longest_s']:.2f} s long."
    )
    rates = ", ".join(f"{rate:,} Hz ({count:,})" for rate, count in found["rates_hz"])
    depths = ", ".join(f"{depth} ({count:,})" for depth, count in found["depths"])
    st.caption(f"Rates: {rates}. Depths: {depths}.")
    st.caption(", ".join(f"{words.name(label)} {count:,}" for label, count in found["classes"]))
    for what in ("silent", "clipped"):
        if found[what]:
            some = words.plain(", ".join(found[what][:5]))
            st.markdown(f":material/visibility: {found[what + '_count']:,} are {what}: {some}")
