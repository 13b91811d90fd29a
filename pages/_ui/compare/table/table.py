"""Read the runs, and keep their table or tree up to date while they move."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.runs.comparison.columns import columns_of
from core.runs.comparison.groups import groupings
from core.runs.comparison.table import default_sort, in_order, matching, run_table
from core.store.records import ALIVE
from pages._ui.compare.table import state
from pages._ui.compare.table.controls import controls
from pages._ui.compare.table.groups import groups_view
from pages._ui.compare.table.rows import pages_of, rows_view
from pages._ui.compare.table.selection import selection
from pages._ui.compare.table.tree import tree_view
from pages._ui.shell import owner, shell

FRESH_S = 10  # titles and nicknames are at most so old
MOVES_S = 2.0  # between updates while a run of the table waits or trains


def has_runs() -> bool:
    """Return whether there is any run to list."""
    return not _table(owner.actor(), _stamp()).empty


def run_table_view() -> None:
    """Draw the table, kept up to date while runs in it move."""
    state.arrive()
    controls(_table(owner.actor(), _stamp()), _found)
    alive = bool(shell.store().runs.count(status=ALIVE))

    @st.fragment(run_every=MOVES_S if alive else None, key="compare_table")
    def body() -> None:
        with shell.guard():
            if alive and not shell.store().runs.count(status=ALIVE):
                st.rerun()
            _body(_table(owner.actor(), _stamp()))

    body()


def _stamp() -> tuple[int, int]:
    return shell.store().runs.stamp()


@st.cache_data(max_entries=20, ttl=FRESH_S, show_spinner=False)
def _table(actor: str, stamp: tuple[int, int]) -> pd.DataFrame:
    return run_table(shell.store(), actor)


def _found(table: pd.DataFrame) -> pd.DataFrame:
    """Return the runs that are searched for, in their order."""
    held = st.session_state
    found = matching(table, held.get(state.SEARCH) or "")
    return in_order(found, held.get(state.SORT) or default_sort(table), ascending=bool(held.get(state.UPWARDS)))


def _body(table: pd.DataFrame) -> None:
    state.begin()
    found, by = _found(table), st.session_state.get(state.GROUP)
    selection(table)
    if state.is_tree():
        tree_view(table, found)
        return
    if by in groupings(table):
        found = groups_view(found, str(by))
        if found.empty:
            return
    shown, pages = pages_of(found)
    st.caption(_how_many(len(shown), len(found), len(table)))
    if not shown.empty:
        rows_view(shown, columns_of(table))
    if pages > 1:
        st.pagination(pages, key=state.PAGE, bind="query-params")


def _how_many(shown: int, found: int, total: int) -> str:
    of = f"{total:,} runs" if found == total else f"{found:,} of {total:,} runs"
    part = "" if shown == found else f", {shown:,} on this page"
    return (
        f"{of}{part}. Test results appear once you open or compare runs, since picking a run by them spoils the test."
    )
