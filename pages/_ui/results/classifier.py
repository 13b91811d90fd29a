"""The results of a classifier on unseen examples."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.analysis.classifier.calibration import calibration
from core.analysis.classifier.classification import SURE, Answer, Answers
from core.figures.evaluation import draw_reliability
from core.runs.examples.marks import data_of, marks_of
from core.store import Run
from pages._ui.components.charts.chart import chart
from pages._ui.inside.images.groups import draw_groups
from pages._ui.inside.images.marking import without_words
from pages._ui.results.classes import class_table
from pages._ui.results.context import Shown
from pages._ui.results.example import draw_example
from pages._ui.results.headline import headline
from pages._ui.results.matrix import matrix
from pages._ui.results.run_facts import choose_network, say_why_empty
from pages._ui.results.two_classes import two_classes
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import owner, shell, words
from pages._ui.sweep.more_data import offer_more_data

IMAGES = 12  # per gallery


def results(run: Run) -> None:
    """Show the results of a classification run on unseen data."""
    if "test_accuracy_last" not in run.summary or not run.status.is_final:
        say_why_empty(run, "Accuracy, confusion matrix and mistakes")
        return
    shown = _chosen(run)
    draw_example(shown)
    headline(shown)
    if marks := marks_of(shell.store(), data_of(run), "test", owner.actor()):
        st.markdown(without_words(shown.answers.ids, shown.answers.is_right, marks, shown.kind))
    draw_all_curves(run)
    offer_more_data(run)
    st.subheader("Confusion matrix")
    st.fragment(matrix)(shown)
    if len(shown.classes) == 2:
        st.subheader("Decision threshold")
        st.fragment(two_classes)(shown)
    st.subheader("Each class")
    class_table(shown)
    st.fragment(draw_groups)(run, shown.which)
    _gallery(
        shown,
        "mistakes",
        "Most confident mistakes",
        shown.answers.confident_mistakes(IMAGES),
        "Confident but wrong. A person would get some of them wrong too.",
        f"It made none on the test {shown.kind}.",
    )
    _gallery(
        shown,
        "unsure",
        "Right but unsure",
        shown.answers.unsure_hits(IMAGES),
        f"Right answers with a confidence below {words.percent(SURE, 0)}, the least confident first.",
        "It was confident of all its right answers." if shown.answers.is_right.any() else "It had no right answers.",
    )
    _calibration(shown)


def _chosen(run: Run) -> Shown:
    """Return the chosen network with its answers."""
    found = shell.store().files(run.id).load_predictions()
    which = choose_network(run, found)
    answers = Answers(found["ids"], found["y_true"], found[f"probabilities_{which}"])
    spec = shell.dataset(run.dataset).spec
    return Shown(run, which, spec.features, spec.classes, answers)


def _gallery(shown: Shown, key: str, title: str, answers: Sequence[Answer], sentence: str, empty: str) -> None:
    st.subheader(title)
    if not answers:
        st.caption(empty)
    elif shown.missing:
        st.caption(shown.missing)
    else:
        st.caption(sentence)
        shown.draw(answers, key)


def _calibration(shown: Shown) -> None:
    st.subheader("Calibration")
    found = calibration(shown.answers.confidence, shown.answers.is_right)
    sure, right, count = (part[found.fullest] for part in (found.confidence, found.right, found.counts))
    st.markdown(
        f"At a confidence of about {words.percent(sure)} it is right in {words.percent(right)} of cases "
        f"({count:,} answers). On average over all answers, confidence and accuracy are "
        f"{100 * found.error:.1f} points apart (expected calibration error)."
    )
    chart(
        draw_reliability(found),
        key="calibration",
        alt=f"Accuracy against confidence in {len(found.counts)} bins; {100 * found.error:.1f} points apart on average",
    )
    st.caption("Answers are grouped by confidence into ten bins of equal width. Bigger dots hold more answers.")
