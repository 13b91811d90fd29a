"""The runs that a visitor compares; the page's link holds them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.runs.comparison.comparison import MOST
from core.store import Run
from pages._ui.shell import shell, words

QUERY = "runs"
_CHOSEN, _TICKED = "_compare_runs", "_compare_ticked"
_NUMBER = "_compare_choice"  # grows when code changes what is selected, which makes a new table widget


def take_link() -> None:
    """Choose the runs that the link names, if the visitor has just come here by one."""
    linked = [one for one in st.query_params.get(QUERY, "").split(",") if one]
    if linked and (shell.has_arrived() or _CHOSEN not in st.session_state):
        choose(linked)


def chosen() -> list[str]:
    """Return the ids of the runs that are compared, in their order."""
    return list(st.session_state.get(_CHOSEN, ()))


def ticked() -> list[str]:
    """Return the ids of the runs that are ticked in the table, those compared first."""
    return list(st.session_state.get(_TICKED, ()))


def tick(run_ids: Sequence[str]) -> None:
    """Keep the ticks that the table shows."""
    st.session_state[_TICKED] = list(dict.fromkeys(run_ids))


def choose(run_ids: Sequence[str]) -> None:
    """Compare these runs, and tick them in the table.

    Args:
        run_ids: Ids of the runs; more than can be compared are left out.
    """
    state = st.session_state
    state[_CHOSEN] = state[_TICKED] = list(dict.fromkeys(run_ids))[:MOST]
    renew()


def renew() -> None:
    """Make a new table widget, which has the same ticks but no selected cell."""
    st.session_state[_NUMBER] = choice_number() + 1


def compare_with_chosen(run_id: str) -> None:
    """Open the page with one run more, or with it alone if there is no room."""
    others = [one for one in chosen() if one != run_id]
    runs = [*others, run_id] if len(others) < MOST else [run_id]
    st.switch_page("pages/compare.py", query_params={QUERY: ",".join(runs)})


def choice_number() -> int:
    """Return a number that changes when the table needs a new widget."""
    number: int = st.session_state.get(_NUMBER, 0)
    return number


def write_link() -> None:
    """Write the chosen runs to the page's link."""
    text = ",".join(chosen())
    if text and text != st.query_params.get(QUERY):
        st.query_params[QUERY] = text
    elif not text and QUERY in st.query_params:
        del st.query_params[QUERY]


def name_of(run: Run) -> str:
    """Return a run's name, for Markdown."""
    return words.name(run.name)
