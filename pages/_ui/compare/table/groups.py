"""Groups of runs, a row each; a click on one unfolds its runs."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.runs.comparison.columns import columns_of
from core.runs.comparison.groups import groupings, groups_of, in_group
from core.runs.comparison.table import FIXED, default_sort
from pages._ui.compare.table import state
from pages._ui.compare.table.rows import TALL, number_column
from pages._ui.shell import words

MOST_GROUPS = 200  # rows; a setting that each run has for itself gives no groups


def groups_view(found: pd.DataFrame, by: str) -> pd.DataFrame:
    """Draw the groups, and return the runs of the unfolded one.

    Args:
        found: The runs, in their order.
        by: The column with the value that a group shares.
    """
    title, measure = groupings(found).get(by, by), measure_of(found)
    groups = groups_of(found, by, measure, ascending=bool(st.session_state.get(state.UPWARDS)))
    label, opened = columns_of(found)[measure], state.opened()
    shown = groups[:MOST_GROUPS]
    many = f" The first {MOST_GROUPS} are shown." if len(groups) > MOST_GROUPS else ""
    st.caption(f"{len(groups):,} groups of {len(found):,} runs, best mean first.{many} Tick one to see its runs below.")
    _draw(shown, title, label, measure, opened)
    if opened not in groups.index:
        return found[:0]
    st.markdown(f"**{title}: {words.plain(opened)}**")
    return in_group(found, by, opened)


def measure_of(found: pd.DataFrame) -> str:
    """Return the number by which runs are sorted, else the result they are sorted by at first."""
    wanted = str(st.session_state.get(state.SORT) or "")
    is_number = wanted in found and wanted not in FIXED and pd.api.types.is_numeric_dtype(found[wanted])
    return wanted if is_number else default_sort(found)


def _draw(groups: pd.DataFrame, title: str, label: str, measure: str, opened: str) -> None:
    values = [str(value) for value in groups.index]
    drawn = groups.reset_index(names="group").astype({"group": str})
    if measure == "created":  # no run has a result
        drawn = drawn[["group", "runs"]]
    key = f"compare_groups {title} {measure} {'|'.join(values)}"

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        state.open_group(values[rows[0]] if rows else "")

    chosen = [values.index(opened)] if opened in values else []
    st.dataframe(
        drawn,
        key=key,
        hide_index=True,
        height="content" if len(drawn) <= 9 else TALL,
        on_select=take,
        selection_mode="single-row",
        selection_default=state.first_selection(key, chosen),
        placeholder="",
        column_config={
            "group": st.column_config.TextColumn(title, width="medium", pinned=True),
            "runs": st.column_config.NumberColumn("Runs", width="small"),
            **{name: number_column(f"{label}, {name}", measure) for name in ("mean", "best")},
            "spread": number_column("Spread", measure, "Standard deviation of the runs; empty for a single one"),
        },
        alt=f"{len(drawn)} groups of runs with their results",
    )
