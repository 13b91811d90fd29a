"""The lists of runs on Home: the visitor's, those published by others, those of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.datasets import list_datasets
from core.families import DEFAULT_FAMILY, FAMILIES, find_family
from core.figures.sparkline import WIDTH, draw_sparkline
from core.store import Run
from core.store.records import IMPORTED, LOCAL, LOGGED
from core.store.runs.catalog import Term, Which
from pages._ui.components.drawing.drawing import drawing
from pages._ui.runs import actions
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

PER_PAGE = 20  # rows per page
FEW = 5  # up to this many runs need no search
SEARCH = "runs_search"
LONGEST_SEARCH = 100
LOOK_AGAIN_S = 2.0  # between updates while a listed run waits or trains
UNDO_AGAIN_S = 1.0  # between updates while a listed run can be restored
NOBODY = "Anonymous"  # a visitor without a nickname

# On a phone the name has its own line.
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-named_"]) { min-width: 200px; }
[class*="st-key-named_"] a { padding-left: 0; }
@media (max-width: 640px) { [class*="st-key-run_"] button { min-height: 44px; min-width: 44px; } }</style>"""


@dataclass(frozen=True)
class Part:
    """One of the lists.

    Args:
        id: Used in its widgets' keys.
        title: Its heading.
        which: Filter of its runs.
        is_mine: Whether the runs are the visitor's own.
    """

    id: str
    title: str
    which: Which
    is_mine: bool = False


@dataclass(frozen=True)
class Listed:
    """The current content of a list.

    Args:
        part: The list.
        total: Number of its runs.
        found: Number of its runs that match the search.
        first: Index of the first run shown, from 0.
        runs: The runs shown.
    """

    part: Part
    total: int
    found: int
    first: int
    runs: Sequence[Run]


def my_runs() -> None:
    """Show the runs, and keep them up to date while they change."""
    actions.draw_dialog()
    st.html(_STYLE)
    pace = _pace(_listed())

    @st.fragment(run_every=pace, key="my_runs")
    def body() -> None:
        shell.say()
        with shell.guard():
            listed = _listed()
            if _pace(listed) != pace:
                st.rerun()
            _lists(listed)

    body()


def _parts() -> tuple[Part, ...]:
    """Return the lists: the visitor's runs, those published by others, those of the command line."""
    me = owner.actor()
    return (
        Part("mine", "My runs", {"owners": [me], "undoable": True}, is_mine=True),
        Part("published", "Published", {"others_than": [me, LOCAL], "published": True}),
        Part("local", "Runs of this server's command line", {"owners": [LOCAL]}),
    )


def _listed() -> list[Listed]:
    """Read one page of matching runs for each list."""
    search = _terms(st.session_state.get(SEARCH, ""))
    return [_read(part, search) for part in _parts()]


def _read(part: Part, search: Sequence[Term]) -> Listed:
    runs, which = shell.store().runs, part.which
    total = runs.count(**which)
    found = runs.count(**which, search=search) if search and total else total
    page = min(st.session_state.get(_pager(part), 1), _pages(found))
    first = (page - 1) * PER_PAGE
    shown = runs.list(**which, search=search, starred_first=part.is_mine, offset=first, limit=PER_PAGE) if found else []
    return Listed(part, total, found, first, shown)


def _terms(text: str) -> list[Term]:
    """Return a search as terms: each word must occur in a name, a note, or a data or family title."""
    data = list_datasets(shell.store().settings, owner.actor())
    return [
        Term(
            word,
            [key for key, dataset in data.items() if word.lower() in dataset.title.lower()],
            [key for key, family in FAMILIES.items() if word.lower() in family.title.lower()],
        )
        for word in text.split()
    ]


def _pages(found: int) -> int:
    return max(1, -(-found // PER_PAGE))


def _pager(part: Part) -> str:
    """Return the key of a list's pager; a new search starts at the first page."""
    return f"runs_page_{part.id}_{st.session_state.get(SEARCH, '')}"


def _pace(listed: Sequence[Listed]) -> float | None:
    """Return the update interval in seconds; None if nothing will change."""
    runs = [run for part in listed for run in part.runs]
    if any(run.deleted for run in runs):
        return UNDO_AGAIN_S
    return LOOK_AGAIN_S if any(not run.status.is_final for run in runs) else None


def _lists(listed: Sequence[Listed]) -> None:
    for number, part in enumerate(listed):
        if number == 0 or part.total:
            st.subheader(part.part.title)
        if number == 0:
            _who_i_am()
            if sum(each.total for each in listed) > FEW:
                _search()
        _rows(part)


def _search() -> None:
    st.text_input(
        "Search runs",
        key=SEARCH,
        max_chars=LONGEST_SEARCH,
        icon=":material/search:",
        placeholder="Search by name, note, data or kind of network",
        label_visibility="collapsed",
    )


def _rows(listed: Listed) -> None:
    part, last = listed.part, listed.first + len(listed.runs)
    if not listed.total and part.is_mine:
        why = "Your runs will be listed here. You have not trained anything yet."
        shell.empty(why, studio_page(DEFAULT_FAMILY.id), f"Train {words.a(DEFAULT_FAMILY.title)}")
    elif listed.found < listed.total or listed.found > PER_PAGE:
        of = f"{listed.found:,} of {listed.total:,} found" if listed.found < listed.total else f"{listed.total:,} runs"
        st.caption(f"{of}. Shown: {listed.first + 1:,} to {last:,}." if listed.found else f"{of}.")
    goes = shell.store().leaving() if part.is_mine else {}
    for run in listed.runs:
        _row(run, goes.get(run.id), is_mine=part.is_mine)
    if listed.found > PER_PAGE:
        st.pagination(_pages(listed.found), key=_pager(part))


def _who_i_am() -> None:
    name = shell.store().people.nickname(owner.actor()) or NOBODY
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="who_i_am"):
        st.caption(f"Your name for others: **{words.plain(name)}**", width="content")
        st.button("Change", type="tertiary", key="nickname", on_click=actions.ask_nickname)


def _row(run: Run, goes_at: float | None, *, is_mine: bool) -> None:
    """Draw one run as a row with a link to it; an old one goes at a Unix time."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"run_{run.id}"):
        if run.deleted is not None:
            st.markdown(f"Deleted. :gray[{words.plain(run.name)}]", width="stretch")
            actions.undo_button(run.id)
            return
        if is_mine:
            actions.star_button(run)
        drawing(_curve(run), key=f"curve_{run.id}", width=WIDTH)
        with st.container(gap=None, key=f"named_{run.id}"):
            link = {"run": run.id}
            st.page_link(studio_page(run.family), label=f"**{words.plain(run.name)}**", query_params=link)
            st.caption(_about(run, is_mine=is_mine) + (f" · :orange[{words.goes(goes_at)}]" if goes_at else ""))
        st.markdown(f"{words.icon(run)} {words.brief(run, shell.queue)}", width=250)
        result = find_family(str(run.family)).result(run.summary)
        value = run.summary.get(result.key)
        st.markdown(f"**{result.say(value)}**" if value is not None else ":gray[no result]", width=80)
        if is_mine:
            actions.menu(run, in_list=True)


def _about(run: Run, *, is_mine: bool) -> str:
    """Return a run's author, data, training time and age, in words."""
    parts = [] if is_mine else [f"by {_author(run)}"]
    parts.append(words.plain(shell.data_title(run.dataset)))
    if run.summary.get("fit_s"):
        parts.append(words.duration(run.summary["fit_s"]))
    parts.append(words.ago(run.created))
    if is_mine and run.published:
        parts.append("published")
    if run.origin == IMPORTED:
        parts.append("imported")
    return " · ".join(parts)


def _author(run: Run) -> str:
    if run.owner == LOCAL:
        return "a script" if run.origin == LOGGED else "the command line"
    return words.plain(shell.store().people.nickname(run.owner) or NOBODY)


def _curve(run: Run) -> str:
    family = str(run.family)
    return _final_curve(run.id, run.generation, family) if run.status.is_final else _read_curve(run.id, family)


@st.cache_data(max_entries=500, show_spinner=False)
def _final_curve(run_id: str, generation: int, family: str) -> str:
    return _read_curve(run_id, family)


def _read_curve(run_id: str, family: str) -> str:
    for metric, what in filter(None, (result.curve for result in find_family(family).results)):
        if points := shell.store().metrics.curve(run_id, metric):
            return draw_sparkline(points, what)
    return draw_sparkline((), "Curve")
