"""What went wrong in a run, why, the curve that shows it, and a button that trains the same with one change."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from core.analysis.classifier.diagnosis import diagnose
from core.analysis.curves.diagnosis import diagnose_curves
from core.analysis.finding import Finding
from core.errors import GlassboxError
from core.families import config_of
from core.figures.evidence import draw_evidence
from core.runs.visible import dead_at
from core.store import Run, Status
from core.store.metrics import StoredPoint
from pages._ui.components.charts.chart import chart
from pages._ui.runs.actions import train_again
from pages._ui.shell import privacy, shell, words

MOST_READ = 2000  # steps of a curve


@dataclass(frozen=True)
class Shown:
    """A finding, and the points that show it.

    Args:
        finding: The finding.
        points: The run's metrics, thinned; () if no curve shows it.
    """

    finding: Finding
    points: tuple[StoredPoint, ...] = ()


def advise(run: Run) -> None:
    """Show why a run learned too little, if known, and a button that retrains it with one fix."""
    try:
        shown = _found(run)
    except GlassboxError:  # written by another version, or its data is deleted
        return
    if shown is None:
        return
    found = shown.finding
    if found.sentence:
        st.info(words.plain(found.sentence), icon=":material/troubleshoot:")
    with st.container(horizontal=True, vertical_alignment="center", key="advice"):
        if found.fix and privacy.can_train(run.dataset):
            key = f"retry_{run.id}"
            st.button(found.fix_label, icon=":material/replay:", key=key, on_click=train_again, args=(run, found))
        if found.why:
            _explain(shown)


def _explain(shown: Shown) -> None:
    found = shown.finding
    with st.popover("Why?", icon=":material/help:", key="advice_why"):
        st.markdown(words.plain(found.why))
        if found.metric:
            what = f"{found.metric} over the steps of training, with step {found.step} marked"
            chart(draw_evidence(shown.points, found), key="advice_curve", alt=what)


def _found(run: Run) -> Shown | None:
    spec = shell.dataset(run.dataset).spec
    found = diagnose(config_of(run), spec, run.summary, has_diverged=run.status is Status.DIVERGED)
    if found is not None:
        return Shown(found)
    return _by_curves(run.id, run.generation) if run.status is Status.SUCCEEDED else None


@st.cache_data(max_entries=200, show_spinner=False)
def _by_curves(run_id: str, generation: int) -> Shown | None:
    store = shell.store()
    run = store.runs.get(run_id)
    points = store.metrics.since(run_id, stride=max(1, int(run.progress.get("step", 0)) // MOST_READ))
    last = max((one.step for one in store.metrics.snapshots(run_id)), default=None)
    dead = {} if last is None else dead_at(store, run_id, last)
    found = diagnose_curves(points, config_of(run), shell.dataset(run.dataset).spec, run.summary, dead)
    return found and Shown(found, tuple(points))
