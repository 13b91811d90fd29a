"""Groups of runs that have the same setting, data, tag or kind of network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.runs.comparison.columns import setting_labels

if TYPE_CHECKING:
    import pandas as pd

NONE = "none"  # the group of runs without a value
BESIDES = {"family": "Network", "data": "Data", "tags": "Tag", "status": "Status", "owner": "By"}


def groupings(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns by which runs can be put together, with their titles: those that differ.

    Args:
        table: From `run_table`.
    """
    found = {**BESIDES, **{name: label for name, label in setting_labels().items() if name not in BESIDES}}
    return {name: label for name, label in found.items() if name in table and table[name].nunique(dropna=False) > 1}


def groups_of(table: pd.DataFrame, by: str, measure: str, *, ascending: bool) -> pd.DataFrame:
    """Return a row for each group, by its value in words, the best group first.

    Columns are `runs`, their number, and of the measure `mean`, `best` and `spread`, the standard deviation; these are
    missing where too few runs have a value. A run with several tags is in several groups.

    Args:
        table: Rows of `run_table`.
        by: The column with the value that a group shares.
        measure: The column with the result.
        ascending: Whether small results come first, and are the best.
    """
    import pandas as pd

    keys = _values(table, by)
    results = pd.to_numeric(table[measure], errors="coerce").reindex(keys.index)
    grouped = pd.Series(results.to_numpy(), index=keys.to_numpy(), dtype=float).groupby(level=0)
    best = grouped.min() if ascending else grouped.max()
    columns = {"runs": grouped.size(), "mean": grouped.mean(), "best": best, "spread": grouped.std()}
    return pd.DataFrame(columns).sort_values("mean", ascending=ascending, kind="stable")


def in_group(table: pd.DataFrame, by: str, group: str) -> pd.DataFrame:
    """Return the rows of a group, in their order; none if there is no such group.

    Args:
        table: Rows of `run_table`.
        by: The column with the value that a group shares.
        group: That value in words, from `groups_of`.
    """
    keys = _values(table, by)
    return table[table.index.isin(keys.index[keys == group])]


def _values(table: pd.DataFrame, by: str) -> pd.Series:
    """Return the values of runs in words, by their ids; a run with several tags has several."""
    column = table[by].str.split(",").explode() if by == "tags" else table[by]
    return column.map(_said)


def _said(value: object) -> str:
    if value is None or value == "" or value != value:
        return NONE
    is_number = isinstance(value, float) and not isinstance(value, bool)
    return f"{value:.10g}" if is_number else str(value)
