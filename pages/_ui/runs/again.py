"""What came of a run that was run again with the same settings, data and seed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.runs.comparison.again import Reproduction, compare_again, first_of
from core.store import Run
from pages._ui.shell import shell, words
from pages._ui.shell.views import studio_page


def draw_again(run: Run) -> None:
    """Say of a run that repeats another whether all its numbers came out the same; nothing of other runs."""
    first_id = first_of(run)
    if first_id is None:
        return
    try:
        first = shell.store().runs.get(first_id)
    except RunError:
        st.caption("This was to repeat a run that is deleted by now.")
        return
    if not run.status.is_final:
        st.caption("Once it has ended, all its numbers are compared with those of the first run.")
    else:
        found = _found(first, run, first.id, run.id, first.generation, run.generation)
        st.markdown(f":material/replay: {words.plain(found.sentence)}")
        draw_numbers(first, run)
    link = {"run": first.id}
    st.page_link(studio_page(first.family), label=f"First run: {words.name(first.name)}", query_params=link)


def draw_numbers(first: Run, second: Run) -> None:
    """Draw every number of two runs that should agree, folded away."""
    found = _found(first, second, first.id, second.id, first.generation, second.generation)
    if not found.numbers:
        return
    with st.expander("Number by number", key=f"again_{first.id}_{second.id}"):
        table = pd.DataFrame(
            {
                "Number": [one.name.replace("_", " ") for one in found.numbers],
                "What": ["result" if one.steps is None else "curve" for one in found.numbers],
                "First": [one.first for one in found.numbers],
                "Again": [one.second for one in found.numbers],
                "Found": [one.said for one in found.numbers],
            }
        )
        digits = st.column_config.NumberColumn(format="%.9g")
        st.dataframe(
            table,
            hide_index=True,
            column_config={"First": digits, "Again": digits, "Found": st.column_config.TextColumn(width="large")},
            alt="Each number of both runs, and whether they are equal",
        )


@st.cache_data(max_entries=100, show_spinner=False)
def _found(
    _first: Run, _second: Run, first: str, second: str, first_generation: int, second_generation: int
) -> Reproduction:
    return compare_again(shell.store(), _first, _second)
