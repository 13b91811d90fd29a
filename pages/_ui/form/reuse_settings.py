"""Hand a run's settings to the form of its family, and remember whose they are."""

from __future__ import annotations

import streamlit as st

from core.store import Run


def ask_for_settings(run: Run) -> None:
    """Make the form of a run's family take the run's settings when next drawn, whatever the link says."""
    st.session_state[_asked(str(run.family))] = run


def take_asked(family_id: str) -> Run | None:
    """Return and forget the run whose settings were asked for."""
    return st.session_state.pop(_asked(family_id), None)


def source_of(family_id: str) -> str | None:
    """Return the id of the run whose settings the form took last; None if they come from a preset or a link."""
    source: str | None = st.session_state.get(_source(family_id))
    return source


def set_source(family_id: str, run_id: str | None) -> None:
    """Remember whose settings a form holds."""
    st.session_state[_source(family_id)] = run_id


def _source(family_id: str) -> str:
    return f"_{family_id}_form_source"


def _asked(family_id: str) -> str:
    return f"_{family_id}_form_asked"
