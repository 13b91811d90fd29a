"""The networks of runs side by side, looking at the same example."""

from __future__ import annotations

import streamlit as st

from core.errors import DatasetError
from core.families import find_family
from core.runs.comparison import Comparison, letter
from pages._ui.compare.chosen import name_of
from pages._ui.runs.snapshots import draw_newest
from pages._ui.shell import shell

A_ROW = 2  # networks beside each other


def networks_side_by_side(found: Comparison) -> None:
    """Draw the networks at their newest snapshots: what each layer makes of an example, and what they have learned."""
    same = len({(run.dataset, run.dataset_version) for run in found.runs}) == 1
    at_sample = all(find_family(str(run.family)).inspection.is_at_sample for run in found.runs)
    who = "All look at the same example. " if same and at_sample else ""
    st.caption(f"{who}Click a box to enlarge it.")
    for start in range(0, len(found.runs), A_ROW):
        for column, index in zip(st.columns(A_ROW), range(start, min(start + A_ROW, len(found.runs))), strict=False):
            run = found.runs[index]
            with column:
                st.markdown(f"**{letter(index)}** {name_of(run)}")
                try:
                    shell.dataset(run.dataset)
                except DatasetError:
                    st.caption("Its data is not here, so there is nothing to see.")
                    continue
                draw_newest(run, letter(index))
