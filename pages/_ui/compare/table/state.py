"""What the table shows, held by the page's link: search, order, columns, groups, page, and table or tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from core.store.views import LAST
from pages._ui.compare.chosen import QUERY, choose, ticked
from pages._ui.shell import owner, shell

SEARCH, SORT, UPWARDS, COLUMNS, PAGE = "find", "sort", "upwards", "columns", "page"  # also names in the link
GROUP, SHAPE, OPENED = "by", "shape", "open"  # what runs are put together by; table or tree; the unfolded group
TABLE, TREE = "Table", "Tree"
NO_GROUPS = ""
_BEFORE, _NOW = "_compare_drawn_before", "_compare_drawn"  # what was first selected in the tables on the page
_REMEMBERED = (COLUMNS, SORT, UPWARDS)


def is_tree() -> bool:
    """Return whether the runs are shown as a tree."""
    return st.session_state.get(SHAPE) == TREE


def opened() -> str:
    """Return the group that is unfolded; empty if none is."""
    return str(st.query_params.get(OPENED, ""))


def open_group(group: str) -> None:
    """Unfold a group, or none."""
    if group:
        st.query_params[OPENED] = group
    else:
        st.query_params.pop(OPENED, None)


def arrive() -> None:
    """Forget which tables are on the page, if the visitor has just come to it."""
    if shell.has_arrived():
        st.session_state.pop(_NOW, None)


def begin() -> None:
    """Begin to draw the tables."""
    st.session_state[_BEFORE], st.session_state[_NOW] = st.session_state.get(_NOW, {}), {}


def first_selection(key: str, rows: Sequence[int]) -> Any:
    """Return what is selected in a table when it comes to the page; it stays the same while the table is there.

    Args:
        key: Streamlit's key of the table.
        rows: The rows to select if it comes now.
    """
    held = st.session_state
    held[_NOW][key] = held[_BEFORE].get(key, {"selection": {"rows": list(rows)}})
    return held[_NOW][key]


def view_link(labels: Mapping[str, str], *, whole: bool = True) -> str:
    """Return the part of the page's link that opens the present view.

    Args:
        labels: Titles of columns, which the link holds.
        whole: Whether to hold the search, groups and ticked runs too, not only what is remembered.
    """
    state = st.session_state
    parts = [(COLUMNS, labels[name]) for name in state.get(COLUMNS) or () if name in labels]
    parts += [(name, labels.get(state[name], state[name])) for name in (SORT, GROUP) if state.get(name)]
    parts += [(UPWARDS, "true")] if state.get(UPWARDS) else []
    if whole:
        parts += [(name, state[name]) for name in (SEARCH, SHAPE) if state.get(name)]
        parts += [(OPENED, opened()), (QUERY, ",".join(ticked()))]
    return urlencode([(name, text) for name, text in parts if text and (whole or name in _REMEMBERED)])


def show_view(link: str, labels: Mapping[str, str], *, whole: bool = True) -> None:
    """Take what a link holds; call it before the widgets are drawn.

    Args:
        link: From `view_link`.
        labels: Titles of columns; those that no run has any more are left out.
        whole: Whether what the link lacks is reset.
    """
    state, held = st.session_state, parse_qs(link)
    names = {label: name for name, label in labels.items()}
    if COLUMNS in held:
        state[COLUMNS] = [names[label] for label in held[COLUMNS] if label in names]
    if names.get(held.get(SORT, [""])[0]):
        state[SORT] = names[held[SORT][0]]
    state[UPWARDS] = held.get(UPWARDS) == ["true"]
    if whole:
        state[SEARCH], state[PAGE] = held.get(SEARCH, [""])[0], 1
        state[GROUP] = names.get(held.get(GROUP, [""])[0], NO_GROUPS)
        state[SHAPE] = TREE if held.get(SHAPE) == [TREE] else TABLE
        open_group(held.get(OPENED, [""])[0])
        choose([one for one in held.get(QUERY, [""])[0].split(",") if one])


def recall(labels: Mapping[str, str]) -> None:
    """Take the columns and the order of the last visit, if the visitor has come by no link to a view."""
    is_linked = any(name in st.query_params for name in (SEARCH, SORT, UPWARDS, COLUMNS, GROUP, SHAPE, PAGE))
    if shell.has_arrived() and not is_linked and (last := shell.store().views.all(owner.actor()).get(LAST)):
        show_view(last, labels, whole=False)


def remember(labels: Mapping[str, str]) -> None:
    """In a callback: keep the columns and the order for the next visit."""
    with shell.remember():
        shell.store().views.keep_last(owner.actor(), view_link(labels, whole=False))
