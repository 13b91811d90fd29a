"""Show precision, recall and F1 of each class as a table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.analysis.classifier.class_scores import ClassScores, class_scores
from pages._ui.results.context import Shown
from pages._ui.shell import words

MOST_ROWS = 12  # a longer table scrolls
LONG = 460  # height of a longer table in pixels


def class_table(shown: Shown) -> None:
    """Draw the table and name the weakest class."""
    scores = class_scores(shown.answers.matrix)
    st.markdown(_weakest(shown, scores))
    rows = pd.DataFrame(
        {
            "Class": list(shown.classes),
            f"Test {shown.kind}": scores.support,
            "Precision": 100 * scores.precision,
            "Recall": 100 * scores.recall,
            "F1": 100 * scores.f1,
        }
    )
    st.dataframe(
        rows,
        key="classes",
        hide_index=True,
        height="content" if len(rows) <= MOST_ROWS else LONG,
        column_config={
            "Class": st.column_config.TextColumn(width="medium"),  # leaves a phone room for the numbers
            f"Test {shown.kind}": st.column_config.NumberColumn(format="localized"),
            "Precision": _share(
                f"Of the {shown.kind} predicted as this class, the share that belong to it. Low: many false alarms."
            ),
            "Recall": _share(f"Of the {shown.kind} of this class, the share predicted as it. Low: many are missed."),
            "F1": _share("The harmonic mean of precision and recall, which is near the lower of the two."),
        },
        alt="Precision, recall and F1 of each class",
    )
    precision, recall, f1 = (words.percent(value) for value in scores.macro)
    st.caption(f"Macro averages, in which each class counts equally: precision {precision}, recall {recall}, F1 {f1}.")


def _share(help: str) -> st.column_config.NumberColumn:
    return st.column_config.NumberColumn(format="%.1f %%", help=help)


def _weakest(shown: Shown, scores: ClassScores) -> str:
    worst = scores.weakest
    if worst is None:
        return "No class does worse than another."
    recall, precision = scores.recall[worst], scores.precision[worst]
    never = precision != precision  # NaN
    said = "it is never predicted" if never else f"{words.percent(precision)} of its predictions are right"
    where = f"**{shown.name(worst)}** does worst (F1 {words.percent(scores.f1[worst])})"
    return f"{where}: {words.percent(recall)} of its {scores.support[worst]:,} {shown.kind} are recognised, and {said}."
