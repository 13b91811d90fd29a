"""The networks of runs side by side, looking at the same example."""

from __future__ import annotations

import streamlit as st

from core.errors import DatasetError
from core.runs.comparison import Comparison, letter
from pages._ui.compare.chosen import name_of
from pages._ui.runs.snapshots import draw_newest
from pages._ui.shell import shell

A_ROW = 2  # networks beside each other
_SHOWN = "compare_networks"


def networks_side_by_side(found: Comparison) -> None:
    """Offer to look at the networks: what each layer makes of the same example, and what they have learned."""
    st.subheader("What they see and make")
    if not st.toggle(
        "Show the networks",
        key=_SHOWN,
        help="Draws each network at its newest snapshot. Networks on the same data look at the same example.",
    ):
        return
    for start in range(0, len(found.runs), A_ROW):
        for column, index in zip(st.columns(A_ROW), range(start, min(start + A_ROW, len(found.runs))), strict=False):
            run = found.runs[index]
            with column:
                st.markdown(f"**{letter(index)}** {name_of(run)}")
                try:
                    shell.dataset(run.dataset)
                except DatasetError:
                    st.caption("Its data was deleted, so there is nothing to see.")
                    continue
                draw_newest(run, letter(index))
