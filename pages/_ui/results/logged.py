"""A run that another program trains: its state, curves, results and settings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.errors import ConfigError
from core.families import find_family
from core.runs.comparison.measures import measures_of
from core.runs.comparison.settings import settings_of_runs
from core.store import Run
from pages._ui.compare.chosen import compare_with_chosen
from pages._ui.components.page.share import share, titled
from pages._ui.runs.curves import draw_curves
from pages._ui.runs.follow import follow, follow_part, has_begun
from pages._ui.shell import shell, words

_HOW = """from core.callback import GlassboxCallback

model.fit(x, y, validation_split=0.1, callbacks=[GlassboxCallback("my network")])"""
_OPENS = "It shows this run to everyone who has it: settings, curves and results. Its data is not here."


def draw_logged() -> None:
    """Draw the page of the run that the link names, or how to log one."""
    run_id = st.query_params.get("run")
    if not run_id:
        titled("Log your own script", "It opens this page.")
        st.markdown("These lines in any Keras program on this machine bring its training here while it runs:")
        st.code(_HOW, language="python")
        st.markdown(
            "Run it with `PYTHONPATH` set to the folder of Glassbox. The run then stands on Home and on Compare."
        )
        return
    with shell.guard():
        run = shell.store().runs.get(run_id)
        if run.family is None or find_family(run.family).has_networks:
            raise ConfigError(f"run {run_id} was not logged by a script", fix="Open it from Home.")
        _draw(run)


def _draw(run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(find_family(str(run.family)).title, width="stretch")
        st.button(
            "Compare",
            icon=":material/compare_arrows:",
            key="compare_logged",
            on_click=compare_with_chosen,
            args=(run.id,),
            help="Puts this run beside others, such as one that Glassbox has trained.",
        )
        share(_OPENS)
    follow(run, is_watched=False)
    if not has_begun(run):
        st.info(
            "The script ended before its first update, so there are no curves.", icon=":material/hourglass_disabled:"
        )
        return
    follow_part(run, lambda now: draw_curves([now]), key="run_lines", soon=True)
    results = [(one.label, one.said[0]) for one in measures_of([run])]
    settings = [(one.label, one.said[0]) for one in settings_of_runs(shell.store().settings, [run])]
    left, right = st.columns(2, gap="medium")
    with left:
        _table("Results", results, "The last metrics of the script appear here once it has ended.")
    with right:
        _table("Settings", [row for row in settings if row[0] not in ("Start", "Version of the data")], "")


def _table(title: str, rows: list[tuple[str, str | None]], empty: str) -> None:
    st.markdown(f"**{title}**")
    if not rows:
        st.caption(empty)
        return
    values = [words.plain(value or "unknown") for _, value in rows]
    st.table(pd.DataFrame({"": values}, index=[words.plain(label) for label, _ in rows]), hide_header=True)
