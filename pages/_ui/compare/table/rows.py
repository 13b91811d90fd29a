"""The runs as rows, with a tick for each."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import pandas as pd
import streamlit as st

from core.errors import GlassboxError
from core.families import find_family
from core.runs.comparison.columns import BASE
from core.store import Status
from pages._ui.compare.chosen import choice_number, renew, tick, ticked
from pages._ui.compare.table import state
from pages._ui.shell import owner, shell

PER_PAGE = 100  # rows
TALL = 420  # height in pixels
_PLACED_BY = (state.SEARCH, state.SORT, state.UPWARDS, state.GROUP, state.PAGE)
_DOT = "<svg xmlns='http://www.w3.org/2000/svg' width='24' height='24'><circle cx='12' cy='12' r='8' fill='{}'/></svg>"


def pages_of(found: pd.DataFrame, per_page: int = PER_PAGE) -> tuple[pd.DataFrame, int]:
    """Return the rows on the present page, and the number of pages."""
    page, pages = page_of(len(found), per_page)
    return found.iloc[(page - 1) * per_page : page * per_page], pages


def page_of(count: int, per_page: int) -> tuple[int, int]:
    """Return the present page, from 1, and the number of pages."""
    pages = max(1, -(-count // per_page))
    return min(int(st.session_state.get(state.PAGE) or 1), pages), pages


def rows_view(shown: pd.DataFrame, names: dict[str, str]) -> None:
    """Draw runs with the chosen columns.

    Args:
        shown: The runs on this page.
        names: Titles of the columns.
    """
    wanted = [name for name in st.session_state.get(state.COLUMNS) or () if name in shown]
    drawn, key = _cells(shown, wanted), _key()
    ids = list(shown.index)
    ticked_first = [ids.index(one) for one in ticked() if one in ids]

    def take() -> None:
        selected = st.session_state[key]["selection"]
        if starred := [ids[row] for row, column in selected.get("cells", ()) if column == "starred" and row < len(ids)]:
            _star(starred[0])
            return
        rows = selected["rows"]
        on_page = [ids[row] for row in rows if row < len(ids)]
        tick([*(one for one in ticked() if one not in ids or one in on_page), *on_page])

    st.dataframe(
        drawn,
        key=key,
        hide_index=True,
        height="content" if len(drawn) <= 9 else TALL,
        on_select=take,
        placeholder="",
        selection_mode=("multi-row", "single-cell"),
        selection_default=state.first_selection(key, ticked_first),
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            "Colour": st.column_config.ImageColumn(width=60, help="The colour of its lines, if you have chosen one"),
            "Curve": st.column_config.LineChartColumn(
                width="small", y_min=0, y_max=1, help="Its training accuracy, or what stands for it, from 0 to 1"
            ),
            "Open": st.column_config.LinkColumn(width="small", display_text="open"),
            **{name: _config(name, names.get(name, name), drawn[name]) for name in wanted},
        },
        alt=f"{len(drawn)} runs with their settings and results",
    )


def _star(run_id: str) -> None:
    """In a callback: star the run whose cell was clicked, or take its star away; the cell can be clicked again."""
    try:
        runs = shell.store().runs
        runs.star(run_id, not runs.get(run_id).starred, owner.actor())
    except GlassboxError as error:
        st.toast(shell.told(error))
    renew()


def _key() -> str:
    """Return the widget's key: other rows, or ticks that code has set, make a new widget."""
    held = [st.session_state.get(name) for name in _PLACED_BY]
    return f"compare_rows {choice_number()} {held} {state.opened()}"


def _cells(shown: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    own = ["data:image/svg+xml," + quote(_DOT.format(colour)) if colour else None for colour in shown["colour"]]
    rows = zip(shown.index, shown["family_id"], shown["status"], strict=True)
    return pd.DataFrame(
        {
            "Run": shown["name"],
            **({"Colour": own} if any(own) else {}),
            "Curve": [_curve(run_id, family, status) for run_id, family, status in rows],
            **{name: _column(name, shown[name]) for name in wanted},
            "Open": [f"/{family}?run={run_id}" for run_id, family in zip(shown.index, shown["family_id"], strict=True)],
        },
        index=shown.index,
    )


def _column(name: str, column: pd.Series) -> pd.Series:
    if name == "created":
        return pd.to_datetime(column, unit="s")
    return column.str.split(",").map(lambda tags: [tag for tag in tags if tag]) if name == "tags" else column


def _config(name: str, label: str, column: pd.Series) -> object:
    if name == "created":
        return st.column_config.DatetimeColumn(label, format="distance")
    if name == "tags":
        return st.column_config.ListColumn(label, width=160)
    if name == "note":
        return st.column_config.TextColumn(label, width="medium")
    if name == "starred":
        return st.column_config.CheckboxColumn(label, width=60, help="A click stars your run, or takes the star away")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return number_column(label, name)
    return st.column_config.Column(label)


def number_column(label: str, name: str, help_text: str | None = None) -> object:
    """Return how the numbers of a column are written.

    Args:
        label: Its title.
        name: The column of `run_table` whose numbers these are.
        help_text: What it says.
    """
    if name.endswith(("accuracy_last", "accuracy_best")):
        form = "percent"
    elif name in ("fit_s", "duration_s"):
        form = "%.1f"
    else:
        form = "localized" if name in BASE else "%.5g"
    return st.column_config.NumberColumn(label, format=form, help=help_text)


def _curve(run_id: str, family: str, status: str) -> Sequence[float]:
    return _final_curve(run_id, family) if Status(status).is_final else _read_curve(run_id, family)


@st.cache_data(max_entries=2000, show_spinner=False)
def _final_curve(run_id: str, family: str) -> list[float]:
    return _read_curve(run_id, family)


def _read_curve(run_id: str, family: str) -> list[float]:
    for metric, _ in filter(None, (result.curve for result in find_family(family).results)):
        if points := shell.store().metrics.curve(run_id, metric):
            return [value for _, value in points]
    return []
