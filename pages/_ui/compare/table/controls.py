"""What stands above the table: search, order, groups, columns, named views, and the table as a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from core.errors import ConfigError
from core.runs.comparison.columns import FORMATS, columns_of, shown_first, written, written_groups
from core.runs.comparison.groups import groupings, groups_of
from core.runs.comparison.table import default_sort
from core.store.views import LAST, LONGEST_VIEW_NAME
from pages._ui.compare.table import state
from pages._ui.compare.table.groups import measure_of
from pages._ui.shell import owner, shell, words

_VIEW = "_compare_view"  # key of the field with a view's name
_TITLES = {"csv": "CSV", "json": "JSON", "md": "Markdown"}
# On a phone the rows of controls can be pushed sideways, so that runs stand on the first screen.
_STYLE = """<style>.st-key-compare_views [data-testid="stHorizontalBlock"] { flex-wrap: nowrap; }
@media (max-width: 640px) {
.st-key-compare_tools button, .st-key-compare_offer button, .st-key-compare_head button { min-height: 44px; }
.st-key-compare_search label { display: none; }
.st-key-compare_order, .st-key-compare_tools { flex-wrap: nowrap; overflow-x: auto; }
.st-key-compare_order > *, .st-key-compare_tools > * { flex: none; } }</style>"""


def controls(table: pd.DataFrame, find: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Draw the controls; the page's link holds them.

    Args:
        table: All runs.
        find: All runs -> those shown, in their order.
    """
    names = columns_of(table)
    state.recall(names)
    shell.say()
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_controls"):
        with st.container(key="compare_search", width="stretch"):
            _search()
        with st.container(horizontal=True, vertical_alignment="bottom", key="compare_order", width="content"):
            _order(table, names)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="compare_tools"):
        st.segmented_control(
            "Shape",
            [state.TABLE, state.TREE],
            default=state.TABLE,
            required=True,
            key=state.SHAPE,
            bind="query-params",
            label_visibility="collapsed",
            help="Tree: below each run those that came from it, with what was changed.",
        )
        _columns(table, names)
        _views(names)
        _files(table, names, find)


def _search() -> None:
    st.text_input(
        "Find runs",
        key=state.SEARCH,
        bind="query-params",
        icon=":material/search:",
        placeholder="digits tag=baseline batch_size>32",
        help="Words are looked for in names, notes, tags, data and networks. `batch_size>32`, `optimizer=adam`, "
        "`tag=baseline` or `val_accuracy_last>=0.9` compares a setting, a tag or a number.",
        width="stretch",
    )


def _order(table: pd.DataFrame, names: dict[str, str]) -> None:
    """Draw what comes first, and what is put together."""
    options = ["created", *(name for name in names if name != "created")]
    first, off = default_sort(table), state.is_tree()
    st.selectbox(
        "Sort by",
        options,
        index=options.index(first) if first in options else 0,
        key=state.SORT,
        bind="query-params",
        format_func=lambda name: names.get(name, name),
        help="Which runs come first. Runs without the value come last.",
        width=170,
        disabled=off,
        on_change=state.remember,
        args=(names,),
    )
    by = groupings(table)
    st.selectbox(
        "Group by",
        [state.NO_GROUPS, *by],
        key=state.GROUP,
        bind="query-params",
        format_func=lambda name: by.get(name, "No groups"),
        help="Puts runs with the same value together: how many there are, the mean and the best of the result they are "
        "sorted by, and how far they spread.",
        width=170,
        disabled=off,
        on_change=state.open_group,
        args=("",),
    )
    st.toggle(
        "Smallest first",
        key=state.UPWARDS,
        bind="query-params",
        help="Turns the order round.",
        disabled=off,
        on_change=state.remember,
        args=(names,),
    )


def _columns(table: pd.DataFrame, names: dict[str, str]) -> None:
    with st.popover("Columns", icon=":material/view_column:", key="compare_columns", disabled=state.is_tree()):
        st.multiselect(
            "Columns, in this order",
            list(names),
            default=shown_first(table),
            key=state.COLUMNS,
            bind="query-params",
            format_func=lambda name: names.get(name, name),
            help="Which settings and numbers the table shows. At first: the settings that differ.",
            on_change=state.remember,
            args=(names,),
            width=420,
        )


def _views(names: dict[str, str]) -> None:
    """Draw the visitor's named views, and the field that keeps the present one."""
    with st.popover("Views", icon=":material/bookmark:", key="compare_views"):
        for index, (name, link) in enumerate(shell.store().views.all(owner.actor()).items()):
            if name != LAST:
                _view(index, name, link, names)
        with st.form("compare_view_form", border=False, clear_on_submit=True):
            st.text_input(
                "Keep what you see as",
                key=_VIEW,
                max_chars=LONGEST_VIEW_NAME,
                placeholder="batch sizes",
                help="Search, order, columns, groups and ticked runs, for your next visits in this browser.",
            )
            st.form_submit_button("Keep this view", on_click=_keep, args=(names,))
        st.caption("The address of this page holds the view too: copy it to share what you see.")


def _view(index: int, name: str, link: str, names: dict[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"view_{index}"):
        st.button(
            words.plain(name),
            key=f"view_open_{index}",
            width="stretch",
            on_click=_show,
            args=(link, names),
            type="tertiary",
        )
        st.button(
            ":material/delete:",
            key=f"view_delete_{index}",
            type="tertiary",
            help=f"Delete the view {words.plain(name)}. No run is deleted.",
            on_click=_delete,
            args=(name,),
        )


def _show(link: str, names: dict[str, str]) -> None:
    state.show_view(link, names)
    state.remember(names)


def _keep(names: dict[str, str]) -> None:
    with shell.remember():
        shell.store().views.keep(owner.actor(), st.session_state[_VIEW], state.view_link(names))


def _delete(name: str) -> None:
    with shell.remember():
        shell.store().views.delete(owner.actor(), name)


def _files(table: pd.DataFrame, names: dict[str, str], find: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Draw the buttons that download what is shown."""
    try:
        found = find(table)
    except ConfigError:  # said where the table stands
        found = table[:0]
    shown = {name: names[name] for name in st.session_state.get(state.COLUMNS) or () if name in names}
    by = str(st.session_state.get(state.GROUP) or "")
    with st.popover("Download", icon=":material/download:", key="compare_download", disabled=found.empty):
        if by in groupings(found) and not state.is_tree():
            st.markdown("The groups, with number, mean, best and spread")
            _buttons("groups", _groups(found, by, names))
        st.markdown(f"{len(found):,} runs, as searched and sorted, with the chosen columns")
        _buttons("runs", partial(written, found, shown))


def _buttons(what: str, write: Callable[[str], str]) -> None:
    with st.container(horizontal=True, gap="small"):
        for form, mime in FORMATS.items():
            st.download_button(
                _TITLES[form],
                partial(write, form),
                file_name=f"{what}.{form}",
                mime=mime,
                key=f"compare_{what}_{form}",
                on_click="ignore",
            )


def _groups(found: pd.DataFrame, by: str, names: dict[str, str]) -> Callable[[str], str]:
    """Return what writes the groups; it is asked in another thread, so it takes along what the page holds."""
    measure, upwards = measure_of(found), bool(st.session_state.get(state.UPWARDS))
    titles = [groupings(found)[by], "Runs", *(f"{names[measure]}, {name}" for name in ("mean", "best", "spread"))]
    return lambda form: written_groups(groups_of(found, by, measure, ascending=upwards), titles, form)
