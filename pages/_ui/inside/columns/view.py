"""A table by its columns: one row's answer and what would change it, which columns matter, and how one matters."""

from __future__ import annotations

import streamlit as st

from core.datasets.prepared import is_prepared
from core.runs.visible import examples_seen
from pages._ui.inside.columns.dependence import draw_column
from pages._ui.inside.columns.importance import draw_importances
from pages._ui.inside.columns.this_row import draw_this_row
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell

PART = "inside_columns_part"  # in the link too
PARTS = {"This row": draw_this_row, "Importance": draw_importances, "One column": draw_column}


def draw_columns(inside: Inside) -> None:
    """Draw the view; an entry of the views of the page Inside, for networks that predict from rows of a table."""
    if not inside.sees:
        privacy.say("What this network makes of the columns of its data is")
        return
    if not is_prepared(shell.store().settings, inside.run.dataset):
        st.caption("The rows of this data are not on this server.")
        return
    chosen = st.segmented_control(
        "What to look at",
        list(PARTS),
        default=next(iter(PARTS)),
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    data = examples_seen(shell.store(), inside.run, privacy.viewer(inside.run))
    draw = PARTS.get(str(chosen), draw_this_row)
    with st.container(key=f"inside_columns_{'row' if draw is draw_this_row else 'all'}"):
        draw(inside, data)
