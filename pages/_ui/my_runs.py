"""The list of runs on Home: mine, what others have published, and those of the command line."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.families import find_family
from core.figures.sparkline import WIDTH, draw_sparkline
from core.store import Run
from core.store.records import LOCAL
from pages._ui import owner, run_actions, shell, words
from pages._ui.components.drawing import drawing

MOST, MOST_PUBLISHED = 50, 20
LOOK_AGAIN_S = 2.0  # while one of them is not over
UNDO_AGAIN_S = 1.0  # while one of them can be brought back
NOBODY = "somebody"  # who has not said what they are called

# On a phone the name takes a line of its own.
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-named_"]) { min-width: 200px; }
[class*="st-key-named_"] a { padding-left: 0; }
@media (max-width: 640px) { [class*="st-key-run_"] button { min-height: 44px; min-width: 44px; } }</style>"""


def my_runs() -> None:
    """Show the runs, and keep them up to date while something happens to them."""
    run_actions.draw_dialog()
    st.html(_STYLE)
    pace = _pace(_listed())

    @st.fragment(run_every=pace, key="my_runs")
    def body() -> None:
        shell.say()
        with shell.guard():
            listed = _listed()
            if _pace(listed) != pace:
                st.rerun()
            _lists(*listed)

    body()


def _listed() -> tuple[list[Run], list[Run], list[Run]]:
    """Return mine, those published by others, and those of the command line."""
    runs, me = shell.store().runs, owner.actor()
    return (
        runs.list(owners=[me], starred_first=True, undoable=True, limit=MOST),
        runs.list(others_than=[me, LOCAL], published=True, limit=MOST_PUBLISHED),
        runs.list(owners=[LOCAL], limit=MOST),
    )


def _pace(listed: Sequence[Sequence[Run]]) -> float | None:
    """Return how often to look again."""
    runs = [run for part in listed for run in part]
    if any(run.deleted for run in runs):
        return UNDO_AGAIN_S
    return LOOK_AGAIN_S if any(not run.status.is_final for run in runs) else None


def _lists(mine: Sequence[Run], published: Sequence[Run], local: Sequence[Run]) -> None:
    st.subheader("My runs")
    _who_i_am()
    for run in mine:
        _row(run, is_mine=True)
    if not mine:
        why = "Your runs will be listed here. You have not trained anything yet."
        shell.empty(why, "pages/cnn.py", "Train a CNN")
    for title, runs in (("Published", published), ("Runs of this server's command line", local)):
        if runs:
            st.subheader(title)
        for run in runs:
            _row(run, is_mine=False)


def _who_i_am() -> None:
    name = shell.store().people.nickname(owner.actor()) or NOBODY
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="who_i_am"):
        st.caption(f"You are **{words.plain(name)}** here.", width="content")
        st.button("Change", type="tertiary", key="nickname", on_click=run_actions.ask_nickname)


def _row(run: Run, *, is_mine: bool) -> None:
    """Show one run as a line that opens it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"run_{run.id}"):
        if run.deleted is not None:
            st.markdown(f"Deleted. :gray[{words.plain(run.name)}]", width="stretch")
            run_actions.undo_button(run.id)
            return
        if is_mine:
            run_actions.star_button(run)
        drawing(_curve(run), key=f"curve_{run.id}", width=WIDTH)
        with st.container(gap=None, key=f"named_{run.id}"):
            link = {"run": run.id}
            st.page_link(f"pages/{run.family}.py", label=f"**{words.plain(run.name)}**", query_params=link)
            st.caption(_about(run, is_mine=is_mine))
        st.markdown(f"{words.icon(run)} {words.brief(run, shell.queue)}", width=250)
        result = find_family(str(run.family)).result
        value = run.summary.get(result.key)
        st.markdown(f"**{result.say(value)}**" if value is not None else ":gray[no result]", width=80)
        if is_mine:
            run_actions.menu(run)


def _about(run: Run, *, is_mine: bool) -> str:
    """Return what else is known of a run: who, which data, how long, when."""
    parts = [] if is_mine else [f"by {_author(run)}"]
    parts.append(words.plain(shell.dataset(run.dataset).title))
    if run.summary.get("fit_s"):
        parts.append(words.duration(run.summary["fit_s"]))
    parts.append(words.ago(run.created))
    if is_mine and run.published:
        parts.append("published")
    return " · ".join(parts)


def _author(run: Run) -> str:
    if run.owner == LOCAL:
        return "the command line"
    return words.plain(shell.store().people.nickname(run.owner) or NOBODY)


def _curve(run: Run) -> str:
    family = str(run.family)
    return _final_curve(run.id, run.generation, family) if run.status.is_final else _read_curve(run.id, family)


@st.cache_data(max_entries=500, show_spinner=False)
def _final_curve(run_id: str, generation: int, family: str) -> str:
    return _read_curve(run_id, family)


def _read_curve(run_id: str, family: str) -> str:
    metric, what = find_family(family).result.curve
    return draw_sparkline(shell.store().metrics.curve(run_id, metric), what)
