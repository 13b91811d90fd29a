"""Links from other pages into a run's network."""

from __future__ import annotations

import streamlit as st

from core.families import find_family
from core.store import Run
from pages._ui.shell import shell

PAGE, ICON = "pages/inside.py", ":material/biotech:"


def has_inside(run: Run) -> bool:
    """Return whether a run has a network that can be opened."""
    is_here = run.family is not None and find_family(run.family).has_networks
    return is_here and bool(shell.store().metrics.snapshots(run.id))


def link_inside(run: Run, label: str, *, row: int | None = None, view: str = "") -> None:
    """Draw a link that opens a run's network.

    Args:
        run: A run with a network.
        label: What the link says.
        row: Test example that the network is given; None for none.
        view: Title of the view; "" for the first one.
    """
    query = {"run": run.id, "inside_view": view, "inside_input": "" if row is None else f"test.{row}"}
    query = {name: text for name, text in query.items() if text}
    st.page_link(PAGE, label=label, icon=ICON, query_params=query, width="content")
