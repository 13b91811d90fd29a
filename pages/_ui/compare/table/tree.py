"""The runs as a tree: below each run those that came from it, with what was changed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.families import find_family
from core.runs.comparison.table import VALIDATION
from core.runs.comparison.tree import Branch, how_it_came, tree_of
from core.store import Run
from pages._ui.compare.chosen import tick, ticked
from pages._ui.compare.table import state
from pages._ui.compare.table.rows import page_of
from pages._ui.shell import shell, words
from pages._ui.shell.views import studio_page
from pages._ui.sweep.group import QUERY

PER_PAGE = 40  # lines
DEEPEST, INDENT = 8, 18  # levels that are indented; pixels each
_LINE = "color-mix(in srgb, currentColor 22%, transparent)"
_STYLE = "<style>{}{}</style>"
_LEVEL = (
    '[class*="st-key-branch_{0}_"] {{ padding-left: {1}px; background: repeating-linear-gradient(90deg, transparent 0 '
    "8px, {2} 8px 9px, transparent 9px {3}px) no-repeat 0 0 / {4}px 100%; }}"
)
_ROWS = """[class*="st-key-branch_"] { flex-wrap: nowrap; padding-top: 4px; padding-bottom: 4px; }
[class*="st-key-told_"] { min-width: 0; } [class*="st-key-told_"] a { padding-left: 0; }
[class*="st-key-told_"] a * { white-space: normal; }
@media (max-width: 640px) { [class*="st-key-branch_"] label, [class*="st-key-told_"] a { min-height: 44px; }
[class*="st-key-branch_"] label { align-items: center; } }"""


def tree_view(table: pd.DataFrame, found: pd.DataFrame) -> None:
    """Draw the runs that are searched for, with those they came from.

    Args:
        table: All runs, newest first.
        found: The runs that are searched for.
    """
    lines = tree_of(table, found.index)
    page, pages = page_of(len(lines), PER_PAGE)
    st.caption(
        f"{len(lines):,} lines. A run stands below the one whose settings or networks it started from, with what was "
        "changed."
    )
    st.html(_STYLE.format(_ROWS, "".join(map(_level, range(1, DEEPEST + 1)))))
    with st.container(gap=None, key="compare_tree"):
        for line in lines[(page - 1) * PER_PAGE : page * PER_PAGE]:
            _draw(line)
    if pages > 1:
        st.pagination(pages, key=state.PAGE, bind="query-params")


def _level(depth: int) -> str:
    return _LEVEL.format(depth, depth * INDENT, _LINE, INDENT, depth * INDENT)


def _draw(line: Branch) -> None:
    depth = min(line.depth, DEEPEST)
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key=f"branch_{depth}_{line.id}"):
        if line.count:
            many = f"{line.count} runs of a sweep"
            st.page_link(
                "pages/compare.py", label=f"**{many}**", icon=":material/grid_view:", query_params={QUERY: line.id}
            )
            return
        try:
            run = shell.store().runs.get(line.id)
        except RunError:  # it has just been deleted
            st.caption("deleted")
            return
        _tick(run)
        with st.container(gap=None, key=f"told_{run.id}"):
            link = {"run": run.id}
            st.page_link(studio_page(run.family), label=_title(run), query_params=link, icon=words.icon(run) or None)
            if told := _told(line, run):
                st.caption(told)


def _tick(run: Run) -> None:
    key = f"tree_tick_{run.id}"
    st.session_state[key] = run.id in ticked()
    st.checkbox(f"Compare {run.name}", key=key, label_visibility="collapsed", on_change=_take, args=(run.id, key))


def _take(run_id: str, key: str) -> None:
    others = [one for one in ticked() if one != run_id]
    tick([*others, run_id] if st.session_state[key] else others)


def _title(run: Run) -> str:
    """Return a run's name with its validation result, if it has one."""
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key.replace("test_", VALIDATION)) if result.key.startswith("test_") else None
    star = "★ " if run.starred else ""
    return f"{star}**{words.plain(run.name)}**" + (f": {result.say(value)}" if value is not None else "")


def _told(line: Branch, run: Run) -> str:
    """Return what was changed, the tags and the visitor's note, for Markdown."""
    change = _change(line.origin, run) if line.origin else ""
    tags = [f":gray-badge[{words.plain(tag)}]" for tag in run.tag_names]
    note = [f"“{words.plain(' '.join(run.note.split()))}”"] if run.note else []
    return " · ".join([*([words.plain(change)] if change else []), *tags, *note])


def _change(origin: str, run: Run) -> str:
    return _change_of(origin, run.id)


@st.cache_data(max_entries=2000, show_spinner=False)
def _change_of(origin: str, run_id: str) -> str:
    """Return what was changed from one run to the next; neither's settings ever change."""
    store = shell.store()
    return how_it_came(store.settings, store.runs.get(origin), store.runs.get(run_id))
