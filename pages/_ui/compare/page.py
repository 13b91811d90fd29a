"""Compare: the chosen runs side by side, then the table of all runs."""

from __future__ import annotations

import streamlit as st

from core.errors import RunError
from core.families import DEFAULT_FAMILY
from core.runs.comparison import compare
from core.runs.comparison.comparison import LEAST
from pages._ui.compare.chosen import choose, chosen, take_link, write_link
from pages._ui.compare.side_by_side import side_by_side
from pages._ui.compare.table import has_runs, run_table_view
from pages._ui.components.page.share import share
from pages._ui.runs import actions
from pages._ui.share.imported import import_button
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page
from pages._ui.sweep.budget import offer_budget
from pages._ui.sweep.group import QUERY, draw_group

_COMPARISON = "It opens this comparison for everyone who has it. Examples of private data only their owner sees."
_TABLE = "It opens this table, with the runs that whoever opens it may see."


def draw_compare() -> None:
    """Draw the page."""
    actions.draw_dialog()
    if group := st.query_params.get(QUERY):
        draw_group(group)
        return
    take_link()
    place, run_ids = st.container(horizontal=True, vertical_alignment="center", key="compare_head"), _existing(chosen())
    with place:
        st.title("Compare runs", width="stretch")
        offer_budget()
        import_button()
        share(_COMPARISON if len(run_ids) >= LEAST else _TABLE)
    if len(run_ids) >= LEAST:
        with shell.guard():
            side_by_side(compare(shell.store(), run_ids, owner.actor()))
        st.subheader("All runs")
    if not has_runs():
        why = "Your runs will be listed here, to compare what you tried. Nothing has been trained yet."
        shell.empty(why, studio_page(DEFAULT_FAMILY.id), f"Train {words.a(DEFAULT_FAMILY.title)}")
        return
    run_table_view()
    write_link()


def _existing(run_ids: list[str]) -> list[str]:
    """Return the runs that exist; say which do not, and drop them from the choice."""
    found, gone = [], []
    for run_id in run_ids:
        try:
            found.append(shell.store().runs.get(run_id).id)
        except RunError as error:
            gone.append(error)
    for error in gone:
        st.warning(shell.told(error))
    if gone:
        choose(found)
    return found
