"""The table of all runs: search, sort, columns, and a tick for each run to compare."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.families import FAMILIES, find_family
from core.runs.comparison.comparison import LEAST, MOST
from core.runs.comparison.table import default_sort, in_order, matching, run_table, varying
from core.store import Status
from core.store.records import ALIVE
from pages._ui.compare.chosen import choice_number, choose, chosen, tick, ticked
from pages._ui.shell import owner, shell

PER_PAGE = 100  # rows
FRESH_S = 10  # titles and nicknames are at most so old
MOVES_S = 2.0  # between updates while a run of the table waits or trains
MOST_VARYING = 6  # settings that differ, shown at first
SEARCH, SORT, UPWARDS, COLUMNS, PAGE = "find", "sort", "upwards", "columns", "page"  # also names in the link
TALL = 420  # height in pixels

_BASE = {
    "status": "Status",
    "family": "Network",
    "data": "Data",
    "owner": "By",
    "created": "Started",
    "note": "Note",
    "fit_s": "Training time (s)",
    "parameters": "Parameters",
    "images_per_s": "Examples/s",
    "epochs_done": "Epochs done",
}
_FIRST = ("status", "family", "data", "fit_s", "parameters")


def has_runs() -> bool:
    """Return whether there is any run to list."""
    return not _table(owner.actor(), _stamp()).empty


def run_table_view() -> None:
    """Draw the table, kept up to date while runs in it move."""
    _controls(_table(owner.actor(), _stamp()))
    alive = bool(shell.store().runs.count(status=ALIVE))

    @st.fragment(run_every=MOVES_S if alive else None, key="compare_table")
    def body() -> None:
        with shell.guard():
            if alive and not shell.store().runs.count(status=ALIVE):
                st.rerun()
            _rows(_table(owner.actor(), _stamp()))

    body()


def _stamp() -> tuple[int, int]:
    return shell.store().runs.stamp()


@st.cache_data(max_entries=20, ttl=FRESH_S, show_spinner=False)
def _table(actor: str, stamp: tuple[int, int]) -> pd.DataFrame:
    return run_table(shell.store(), actor)


def _controls(table: pd.DataFrame) -> None:
    """Draw the search, the order and the choice of columns; the page's link holds them."""
    names = _columns(table)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_controls"):
        st.text_input(
            "Find runs",
            key=SEARCH,
            bind="query-params",
            icon=":material/search:",
            placeholder="digits status=succeeded batch_size>32",
            help="Words are looked for in names, notes, data and networks. `batch_size>32`, `optimizer=adam` or "
            "`val_accuracy_last>=0.9` compares a setting or a number.",
            width="stretch",
        )
        options = ["created", *(name for name in names if name != "created")]
        first = default_sort(table)
        st.selectbox(
            "Sort by",
            options,
            index=options.index(first) if first in options else 0,
            key=SORT,
            bind="query-params",
            format_func=lambda name: names.get(name, name),
            help="Which runs come first. Runs without the value come last.",
            width=220,
        )
        st.toggle("Smallest first", key=UPWARDS, bind="query-params", help="Turns the order round.")
    st.multiselect(
        "Columns",
        list(names),
        default=_shown_first(table, names),
        key=COLUMNS,
        bind="query-params",
        format_func=lambda name: names.get(name, name),
        help="Which settings and numbers the table shows, in this order. At first: the settings that differ.",
    )


def _columns(table: pd.DataFrame) -> dict[str, str]:
    """Return the columns that can be shown, with their titles.

    Test results are none of them: whoever picks a run by its test result no longer has an honest test.
    """
    labels = {name: label for name, label in _BASE.items() if name in table}
    for family in FAMILIES.values():
        for name, field in family.config_type.fields().items():
            if name in table:
                labels.setdefault(name, field.label)
    measured = [name for name in table.columns if name not in labels and not name.startswith("test_")]
    known = {"name", "starred"}
    return {**labels, **{name: _in_words(name) for name in measured if name not in known}}


def _in_words(name: str) -> str:
    text = name.removesuffix("_last").replace("val_", "validation ").replace("_", " ")
    return text[0].upper() + text[1:]


def _shown_first(table: pd.DataFrame, names: dict[str, str]) -> list[str]:
    settings = [name for family in FAMILIES.values() for name in family.config_type.fields()]
    differing = [name for name in varying(table, list(dict.fromkeys(settings))) if name != "seed"]
    best = [name for name in [default_sort(table)] if name not in _BASE]
    return [name for name in (*best, *_FIRST, *differing[:MOST_VARYING]) if name in names]


def _rows(table: pd.DataFrame) -> None:
    state = st.session_state
    found = matching(table, state.get(SEARCH, "") or "")
    found = in_order(found, state.get(SORT) or default_sort(table), ascending=bool(state.get(UPWARDS)))
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(int(state.get(PAGE) or 1), pages)
    shown = found.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
    _offer()
    st.caption(_how_many(len(shown), len(found), len(table)))
    if not shown.empty:
        _draw(shown, f"{state.get(SEARCH)} {state.get(SORT)} {state.get(UPWARDS)} {page}")
    if pages > 1:
        st.pagination(pages, key=PAGE, bind="query-params")


def _offer() -> None:
    """Offer to compare the ticked runs; the button has its place from the start, so that nothing moves."""
    count, is_shown = len(ticked()), ticked() == chosen()
    is_ready = LEAST <= count <= MOST and not is_shown
    with st.container(horizontal=True, vertical_alignment="center", key="compare_offer"):
        if st.button(
            f"Compare {count} runs" if count >= LEAST else "Compare",
            type="primary" if is_ready else "secondary",
            icon=":material/compare_arrows:",
            key="compare_these",
            disabled=not is_ready,
        ):
            choose(ticked())
            st.rerun()
        if count > MOST:
            st.markdown(f"{count} runs are ticked, but at most {MOST} fit side by side. Untick some.")
        elif count < LEAST:
            left = "two of these runs" if not count else "one more run"
            st.markdown(f"Tick {left}, to see what differs and whether it matters.")
        if count and st.button("Untick all", type="tertiary", key="compare_none"):
            choose(chosen() if not is_shown else ())
            st.rerun()


def _how_many(shown: int, found: int, total: int) -> str:
    of = f"{total:,} runs" if found == total else f"{found:,} of {total:,} runs"
    part = "" if shown == found else f", {shown:,} on this page"
    return (
        f"{of}{part}. Test results appear once you open or compare runs, since picking a run by them spoils the test."
    )


def _draw(shown: pd.DataFrame, order: str) -> None:
    names = _columns(shown)
    wanted = [name for name in st.session_state.get(COLUMNS) or () if name in shown]
    drawn = pd.DataFrame(
        {
            "Run": shown["name"],
            "Curve": [_curve(run_id, status) for run_id, status in zip(shown.index, shown["status"], strict=True)],
            **{name: _cells(name, shown[name]) for name in wanted},
            "Open": [_link(run_id) for run_id in shown.index],
        }
    )
    ids, key = list(shown.index), f"compare_rows {choice_number()} {order}"
    ticked_first = [ids.index(one) for one in ticked() if one in ids]

    def take() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        on_page = [ids[row] for row in rows if row < len(ids)]
        tick([*(one for one in ticked() if one not in ids or one in on_page), *on_page])

    st.dataframe(
        drawn,
        key=key,
        hide_index=True,
        height="content" if len(drawn) <= 9 else TALL,
        on_select=take,
        placeholder="",
        selection_mode="multi-row",
        selection_default=st.session_state.setdefault(f"_{key}", {"selection": {"rows": ticked_first}}),
        column_config={
            "Run": st.column_config.TextColumn(width="medium", pinned=True),
            "Curve": st.column_config.LineChartColumn(
                width="small", y_min=0, y_max=1, help="Its training accuracy, or what stands for it, from 0 to 1"
            ),
            "Open": st.column_config.LinkColumn(width="small", display_text="open"),
            **{name: _config(name, names.get(name, name), drawn[name]) for name in wanted},
        },
        alt=f"{len(drawn)} runs with their settings and results",
    )


def _cells(name: str, column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, unit="s") if name == "created" else column


def _config(name: str, label: str, column: pd.Series) -> object:
    if name == "created":
        return st.column_config.DatetimeColumn(label, format="distance")
    if name.endswith(("accuracy_last", "accuracy_best")):
        return st.column_config.NumberColumn(label, format="percent")
    if name == "fit_s":
        return st.column_config.NumberColumn(label, format="%.1f")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return st.column_config.NumberColumn(label, format="localized" if name in _BASE else "%.5g")
    return st.column_config.Column(label)


def _link(run_id: str) -> str:
    run = shell.store().runs.get(run_id)
    return f"/{run.family}?run={run_id}"


def _curve(run_id: str, status: str) -> Sequence[float]:
    return _final_curve(run_id) if Status(status).is_final else _read_curve(run_id)


@st.cache_data(max_entries=2000, show_spinner=False)
def _final_curve(run_id: str) -> list[float]:
    return _read_curve(run_id)


def _read_curve(run_id: str) -> list[float]:
    family = find_family(str(shell.store().runs.get(run_id).family))
    for metric, _ in filter(None, (result.curve for result in family.results)):
        if points := shell.store().metrics.curve(run_id, metric):
            return [value for _, value in points]
    return []
