"""A finding in the notebook, and the button on Compare that keeps one."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.export.report import finding_report
from core.figures.colours import colours_of
from core.figures.comparison.curves import described, draw_curves
from core.names import shortened
from core.runs.comparison import Comparison
from core.runs.comparison.comparison import LEAST
from core.runs.notebook.curves import Curves
from core.runs.notebook.findings import keep_finding, left_of
from core.runs.notebook.record import Record, RunThen, record_from
from core.store.notes.findings import Finding
from core.store.runs.changes import LONGEST_NOTE
from pages._ui.compare.chosen import QUERY
from pages._ui.components.charts.chart import chart
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

TALL = 240  # pixels of a chart
LONGEST_VALUE = 36  # characters of a setting
_DOT = '<span style="display: inline-block; width: 12px; height: 12px; border-radius: 6px; background: {}"></span>'
_KEPT = "_finding_kept"  # the runs of the comparison that was kept last, and how many were kept


def offer_keeping(found: Comparison) -> None:
    """Draw the button on Compare that keeps a comparison as a finding."""
    ids, (kept, number) = [run.id for run in found.runs], st.session_state.get(_KEPT, ([], 0))
    with st.popover(
        "Keep as a finding",
        icon=":material/bookmark_add:",
        key=f"compare_keep_{number}",  # folded once it is kept
        help="Writes the sentence, the verdict, the numbers and the curves as they are now into your notebook.",
    ):
        shell.say()
        with st.form("compare_keep_form", border=False, clear_on_submit=True):
            st.text_area(
                "Your note",
                key="compare_keep_note",
                max_chars=LONGEST_NOTE,
                placeholder="What do you make of it?",
                help="You can change it later.",
            )
            st.form_submit_button("Keep", type="primary", on_click=_keep, args=(ids, number))
    if kept == ids:
        label = "Kept in the notebook"
        st.page_link("pages/notebook.py", label=label, icon=":material/bookmark_added:", width="content")


def _keep(run_ids: list[str], number: int) -> None:
    with shell.remember():
        keep_finding(shell.store(), run_ids, owner.actor(), st.session_state["compare_keep_note"])
        st.session_state[_KEPT] = (run_ids, number + 1)


def draw_finding(finding: Finding) -> None:
    """Draw a finding as it was kept, with its note, and what can be done with it."""
    record = record_from(finding.record)
    left, colours = left_of(shell.store(), record), colours_of([run.colour for run in record.runs])
    with st.container(border=True, key=f"finding_{finding.id}"):
        st.markdown(f"#### {words.plain(finding.sentence)}")
        st.caption(f"Kept {words.ago(finding.created)}, as known then")
        text, picture = st.columns([3, 2], gap="medium")
        with text:
            for name, colour, run in zip(record.names, colours, record.runs, strict=True):
                _run(name, colour, run, is_left=run.id in left)
            _verdicts(record)
            _note(finding)
        with picture:
            _picture(finding.id, record, colours)
        _actions(finding, list(left))
        _more(finding.id, record, colours)


def _run(name: str, colour: str, run: RunThen, *, is_left: bool) -> None:
    label = f"**{name}** {words.name(run.name)}: **{words.plain(run.result)}**"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(_DOT.format(colour), width="content")
        if is_left:
            st.page_link(studio_page(run.family), label=label, query_params={"run": run.id}, width="content")
        else:
            st.markdown(f"{label} :gray[deleted since]", width="content")


def _verdicts(record: Record) -> None:
    many = len(record.verdicts) > 1
    for name, verdict in zip(record.names[1:], record.verdicts, strict=True):
        which = f"**{name} against A.** " if many else ""
        st.markdown(f"{which}{words.plain(verdict.sentence)}")


def _note(finding: Finding) -> None:
    key = f"finding_note_{finding.id}"
    st.text_area(
        "Your note",
        finding.note,
        key=key,
        max_chars=LONGEST_NOTE,
        height="content",
        placeholder="What do you make of it?",
        on_change=_annotate,
        args=(finding.id, key),
        help="It is saved when you leave the field.",
    )


def _annotate(finding_id: str, key: str) -> None:
    with shell.remember():
        shell.store().findings.annotate(finding_id, st.session_state[key], owner.actor())


def _picture(finding_id: str, record: Record, colours: list[str]) -> None:
    if record.picture:
        _chart(record.picture, record, colours, f"finding_picture_{finding_id}")


def _chart(drawn: Curves, record: Record, colours: list[str], key: str) -> None:
    st.markdown(f"**{words.plain(drawn.title)}**")
    chart(draw_curves(drawn, colours, record.names, TALL), key=key, alt=described(drawn, record.names))


def _actions(finding: Finding, left: list[str]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"finding_do_{finding.id}"):
        if len(left) >= LEAST:
            link = {QUERY: ",".join(left)}
            label = (
                "Open the comparison" if len(left) == len(finding.runs) else f"Compare the {len(left)} that are left"
            )
            st.page_link(
                "pages/compare.py", label=label, icon=":material/compare_arrows:", query_params=link, width="content"
            )
        st.download_button(
            "Report",
            partial(_report, finding.id, owner.actor()),  # asked in another thread
            file_name=f"finding-{finding.id}.html",
            mime="text/html",
            key=f"finding_report_{finding.id}",
            icon=":material/download:",
            on_click="ignore",
            help="This finding in one file that needs no network, with its runs as they are now.",
        )
        with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"finding_remove_{finding.id}"):
            st.markdown("The sentence, the numbers and your note are gone for good. The runs stay.")
            st.button("Delete this finding", key=f"finding_delete_{finding.id}", on_click=_delete, args=(finding.id,))


def _report(finding_id: str, actor: str) -> str:
    return finding_report(shell.store(), finding_id, actor)


def _delete(finding_id: str) -> None:
    with shell.remember():
        shell.store().findings.delete(finding_id, owner.actor())


def _more(finding_id: str, record: Record, colours: list[str]) -> None:
    """Draw the numbers and the other curves, once they are unfolded."""
    with st.expander("Numbers and all curves", key=f"finding_more_{finding_id}", on_change="rerun") as more:
        if not more.open:
            return
        cells = [[words.plain(shortened(said, LONGEST_VALUE)) for said in row.said] for row in record.rows]
        st.table(pd.DataFrame(cells, columns=record.names, index=[words.plain(row.label) for row in record.rows]))
        for number, drawn in enumerate(record.charts):
            if drawn is not record.picture:
                _chart(drawn, record, colours, f"finding_chart_{number}_{finding_id}")
