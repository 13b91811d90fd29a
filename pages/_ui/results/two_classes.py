"""Two classes: hits, misses and false alarms at a threshold."""

from __future__ import annotations

import streamlit as st

from core.analysis.classifier.two_classes import Counts, counts_at, precision_recall_curve, roc_curve
from core.figures.evaluation import draw_precision_recall, draw_roc
from core.names import shortened
from pages._ui.components.charts.chart import chart
from pages._ui.results.context import Shown
from pages._ui.shell import words


def two_classes(shown: Shown) -> None:
    """Draw the choice of the positive class and the threshold, with their effects."""
    positive = st.segmented_control(
        "Positive class (what is looked for)",
        (0, 1),
        format_func=lambda index: words.plain(shortened(shown.classes[index], 30)),
        default=1,
        key="positive",
        required=True,
    )
    is_positive, scores = shown.answers.y_true == positive, shown.answers.probabilities[:, positive]
    if is_positive.all() or not is_positive.any():
        st.caption(f"All test {shown.kind} are of one class, so there is nothing to tell apart.")
        return
    threshold = st.slider(
        "Threshold",
        0.0,
        1.0,
        0.5,
        0.01,
        key="threshold",
        help=f"From this probability on, the answer is {shown.name(positive)}. Low: few misses, many false alarms. "
        "High: few false alarms, many misses.",
    )
    counts = counts_at(is_positive, scores, threshold)
    _numbers(shown.name(positive), counts)
    roc, precise = roc_curve(is_positive, scores), precision_recall_curve(is_positive, scores)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**ROC curve**, area under it (AUC) {roc.area:.3f}")
        alt = f"Sensitivity against false alarm rate; the area under the curve is {roc.area:.3f}"
        chart(draw_roc(roc, counts), key="roc", alt=alt)
    with right:
        st.markdown(f"**Precision and recall**, average precision {precise.area:.3f}")
        alt = f"Precision against recall; the average precision is {precise.area:.3f}"
        figure = draw_precision_recall(precise, counts, float(is_positive.mean()))
        chart(figure, key="precision_recall", alt=alt)
    st.caption(f"AUC: 0.5 is guessing, 1 is perfect. Do not choose the threshold on the test {shown.kind}.")


def _numbers(name: str, counts: Counts) -> None:
    left, right = st.columns(2)
    left.metric("Sensitivity", words.percent(counts.sensitivity), help=f"Share of {name} that is found (recall).")
    right.metric(
        "Specificity", words.percent(counts.specificity), help="Share of the others that is correctly rejected."
    )
    st.markdown(
        f"Of {counts.found + counts.missed:,} that are **{name}**, {counts.found:,} are found and {counts.missed:,} "
        f"missed. Of {counts.alarms + counts.cleared:,} that are not, {counts.alarms:,} are false alarms and "
        f"{counts.cleared:,} are correctly rejected."
    )
