"""What is opened of a run, such as a moment of its training or a test example, held by the page's link."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.store import Run
from pages._ui.components.page.sight import ask_for_sight
from pages._ui.shell.views import LIVE, studio_views

STEP, CELL, EXAMPLE, HAND = "step", "cell", "example", "hand"
_LONGEST = 100  # characters of a part of the link


def linked(run: Run, what: str) -> list[int]:
    """Return the numbers that say in the link what is opened; empty if the link says nothing of it."""
    text = st.query_params.get(f"{run.family}_{what}", "")
    parts = text.split(".") if len(text) <= _LONGEST else []
    return [int(part) for part in parts] if all(part.isascii() and part.isdecimal() for part in parts) else []


def link(run: Run, what: str, numbers: Sequence[int]) -> None:
    """Write into the link what is opened; no numbers close it."""
    name, text = f"{run.family}_{what}", ".".join(map(str, numbers))
    if text:
        st.query_params[name] = text
    else:
        st.query_params.pop(name, None)


def close_all(family_id: str) -> None:
    """Take everything that is opened out of the link: it belongs to another run."""
    for what in (STEP, CELL, EXAMPLE, HAND):
        st.query_params.pop(f"{family_id}_{what}", None)


def show_run(run: Run) -> None:
    """Show a run in its studio, in the view Live, and bring it into sight."""
    ask_for_sight()
    close_all(str(run.family))
    st.session_state[f"_{run.family}_run"] = st.query_params["run"] = run.id
    studio_views(str(run.family)).show(LIVE)
