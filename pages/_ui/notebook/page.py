"""The notebook: the visitor's findings, newest first, and how good their guesses were."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.export.report import notebook_report
from pages._ui.notebook.finding import draw_finding
from pages._ui.notebook.guesses import draw_guesses
from pages._ui.shell import owner, shell

PER_PAGE = 10  # findings
PAGE = "page"
_STYLE = """<style>@media (max-width: 640px) { [class*="st-key-finding_"] button, [class*="st-key-finding_"] a,
.st-key-notebook_head button { min-height: 44px; } }</style>"""


def draw_notebook() -> None:
    """Draw the page."""
    st.html(_STYLE)
    total = shell.store().findings.count(owner.actor())
    with st.container(horizontal=True, vertical_alignment="center", key="notebook_head"):
        st.title("Notebook", width="stretch")
        if total:
            st.download_button(
                "All as a report",
                partial(_report, owner.actor()),  # asked in another thread
                file_name="notebook.html",
                mime="text/html",
                key="notebook_report",
                icon=":material/download:",
                on_click="ignore",
                help="All findings as they were kept, in one file that needs no network.",
            )
    shell.say()
    with shell.guard():
        _findings(total)
        draw_guesses()


def _report(actor: str) -> str:
    return notebook_report(shell.store(), actor)


def _findings(total: int) -> None:
    if not total:
        why = "What you find by comparing runs will be kept here: tick two or more, compare them, and keep the finding."
        shell.empty(why, "pages/compare.py", "Compare runs")
        return
    pages = -(-total // PER_PAGE)
    page = min(int(st.session_state.get(PAGE) or 1), pages)
    for finding in shell.store().findings.list(owner.actor(), offset=(page - 1) * PER_PAGE, limit=PER_PAGE):
        draw_finding(finding)
    if pages > 1:
        st.pagination(pages, key=PAGE, bind="query-params")
