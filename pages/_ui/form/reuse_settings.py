"""Which run's settings the form of its family is to take over when it is drawn next."""

from __future__ import annotations

import streamlit as st

from core.store import Run


def ask_for_settings(run: Run) -> None:
    """Let the form of a run's family take over its settings when it is drawn next, whatever the link says."""
    st.session_state[_asked(str(run.family))] = run


def take_asked(family_id: str) -> Run | None:
    """Return the run whose settings were asked for, once."""
    return st.session_state.pop(_asked(family_id), None)


def _asked(family_id: str) -> str:
    return f"_{family_id}_form_asked"
