"""The columns of the table of runs: their titles, those shown at first, and the table written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.families import FAMILIES
from core.runs.comparison.table import LINKS, default_sort, varying

if TYPE_CHECKING:
    import pandas as pd

BASE = {
    "starred": "Star",
    "tags": "Tags",
    "status": "Status",
    "family": "Network",
    "data": "Data",
    "owner": "By",
    "origin": "Came from",
    "created": "Started",
    "note": "Note",
    "duration_s": "Duration (s)",
    "fit_s": "Training time (s)",
    "parameters": "Parameters",
    "images_per_s": "Examples/s",
    "epochs_done": "Epochs done",
}
FORMATS = {"csv": "text/csv", "json": "application/json", "md": "text/markdown"}
MOST_VARYING = 6  # settings that differ, shown at first
_FIRST = ("status", "family", "data", "fit_s", "parameters")
_OWN_WORDS = ("starred", "tags", "note", "origin")  # shown at first if a run has any


def columns_of(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns that can be shown, with their titles.

    Test results are none of them: whoever picks a run by its test result no longer has an honest test.

    Args:
        table: From `run_table`.
    """
    labels = {name: label for name, label in BASE.items() if name in table}
    labels |= {name: label for name, label in setting_labels().items() if name in table and name not in labels}
    left_out = {"name", *LINKS, *labels}
    measured = [name for name in table.columns if name not in left_out and not name.startswith("test_")]
    return {**labels, **{name: _in_words(name) for name in measured}}


def setting_labels() -> dict[str, str]:
    """Return the settings of all families, with their titles."""
    fields = [field for family in FAMILIES.values() for field in family.config_type.fields().items()]
    return {name: field.label for name, field in reversed(fields)}


def _in_words(name: str) -> str:
    stem, _, which = name.rpartition("_")
    text = f"{stem}, best" if which == "best" else name.removesuffix("_last")
    text = text.replace("val_", "validation ").replace("train_", "training ").replace("_", " ")
    return text[0].upper() + text[1:]


def shown_first(table: pd.DataFrame) -> list[str]:
    """Return the columns that are shown at first: the result, what is known of all runs, the settings that differ.

    Args:
        table: From `run_table`.
    """
    names, result = columns_of(table), default_sort(table)
    own = [name for name in _OWN_WORDS if table[name].astype(bool).any()]
    differing = [name for name in varying(table, list(setting_labels())) if name != "seed"]
    best = [name for name in (result, result.replace("_last", "_best")) if name not in BASE]
    has_any = [name for name in dict.fromkeys(best) if name in table and table[name].notna().any()]
    return [name for name in (*has_any, *own, *_FIRST, *differing[:MOST_VARYING]) if name in names]


def written(table: pd.DataFrame, columns: Mapping[str, str], form: str) -> str:
    """Write runs down as text, each with its id and name first.

    Args:
        table: Rows of `run_table`, in their order.
        columns: The columns to write, with their titles, which only Markdown uses.
        form: One of `FORMATS`.
    """
    import pandas as pd

    names = [name for name in columns if name in table]
    rows = table[["name", *names]].rename_axis("id").reset_index()
    if "created" in rows:
        rows["created"] = pd.to_datetime(rows["created"], unit="s", utc=True).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return _as_text(rows, ["Id", "Run", *(columns[name] for name in names)], form)


def written_groups(groups: pd.DataFrame, titles: Sequence[str], form: str) -> str:
    """Write groups of runs down as text.

    Args:
        groups: From `groups_of`.
        titles: Of the shared value and of the columns, which only Markdown uses.
        form: One of `FORMATS`.
    """
    return _as_text(groups.reset_index(names="group"), titles, form)


def _as_text(rows: pd.DataFrame, titles: Sequence[str], form: str) -> str:
    if form == "csv":
        return str(rows.to_csv(index=False))
    if form == "json":
        return f"{rows.to_json(orient='records', double_precision=15, force_ascii=False)}\n"
    lines = [titles, ["---"] * len(titles), *(map(_cell, row) for row in rows.itertuples(index=False))]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    """Return a value as a cell of a Markdown table."""
    if value is None or value != value:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())
