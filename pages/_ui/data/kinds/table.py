"""An uploaded table: what it contains, and the choice of the target column."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.datasets.own import own
from core.datasets.own.own import Card
from core.datasets.prepared import is_prepared
from core.runs.visible import open_seen
from pages._ui.data.kinds.target import choose_target
from pages._ui.data.kinds.view import KindView, amount, list_left_out, say_found
from pages._ui.data.review import queue_reading
from pages._ui.data.tables import draw_target
from pages._ui.shell import owner, shell, words


def _describe(card: Card) -> None:
    found = card.notes
    missing = sum(column["missing"] for column in found["columns"])
    st.markdown(
        f"{found['rows']:,} rows, {len(found['columns'])} columns, missing values: {missing:,}, "
        f"duplicate rows: {found['duplicates']:,}."
    )
    target = found.get("target")
    if target is None:
        return
    name = words.name(target["column"])
    if target["kind"] == "number":
        st.markdown(f"Target: **{name}**, a number from {amount(target['low'])} to {amount(target['high'])}.")
    else:
        listed = ", ".join(f"{words.name(label)} {count:,}" for label, count in target["classes"][:20])
        st.markdown(f"Target: **{name}**, {target['classes_count']:,} classes: {listed}.")
    for leak in target.get("leaks", []):
        st.warning(words.plain(leak), icon=":material/key:")
    for problem in target["problems"]:
        st.markdown(f":material/visibility: {words.plain(problem)}")


def _review(card: Card) -> str:
    """Show what was found, and ask for the target column."""
    settings = shell.store().settings
    is_made = is_prepared(settings, card.id)
    _describe(card)
    if is_made:
        data = open_seen(settings, card.id, owner.actor())
        say_found(card, data.spec)
        draw_target(data, "add_target_spread")
    options, problem = choose_target(card)
    is_changed = options != card.options
    apply = st.container(horizontal=True, vertical_alignment="center")
    apply.button(
        "Apply",
        key="add_again",
        icon=":material/refresh:",
        disabled=not is_changed or bool(problem),
        on_click=_again,
        args=(card.id, options),
        help="Read the table again with these kinds, these preparations and this target.",
    )
    if not is_changed:
        read = "Nothing to apply: the table was read with these choices."
        apply.caption(read if is_made else "First choose what to predict.")
    list_left_out(card)
    if problem:
        return "First correct how the columns are prepared, below."
    if is_changed:
        return "Select Apply below: the table must be read with what you have changed."
    return "" if is_made else "Choose below what to predict, then select Apply."


def _again(dataset_id: str, options: dict[str, Any]) -> None:
    with shell.remember():
        queue_reading(own.read_card(shell.store().settings, dataset_id), options)
    st.rerun()


VIEW = KindView(_describe, _review)
