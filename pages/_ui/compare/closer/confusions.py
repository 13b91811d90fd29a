"""What two classifiers confuse, and how sure they are, on the same test examples."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.analysis.classifier.calibration import calibration
from core.analysis.compare.confusions import Change, largest_changes
from core.figures.comparison.confusions import draw_difference, draw_matrix
from core.figures.evaluation import draw_reliability
from pages._ui.components.charts.chart import chart
from pages._ui.results.context import Shown
from pages._ui.shell import words

NAMED = 5  # confusions in words
MOST_CLASSES = 60  # drawn


def draw_confusions(shown: Sequence[Shown], names: Sequence[str]) -> None:
    """Draw both confusion matrices and their difference, and say which confusions changed most."""
    one, other = (each.answers.matrix for each in shown)
    changes = largest_changes(one, other, NAMED)
    classes, (left, right) = shown[0].classes, st.columns(2)
    with left:
        told = "\n".join(_told(shown[0], change) for change in changes)
        same = "Both confuse the same classes equally often."
        st.markdown(f"**What changed most: against {names[0]}, {names[1]} calls**\n{told}" if changes else same)
    if len(classes) > MOST_CLASSES:
        st.caption(f"With {len(classes)} classes the matrices are too large to be drawn.")
        return
    with right:
        title = f"{names[1]} less {names[0]}: blue is less often, orange more often"
        st.html(draw_difference(one, other, classes, title))
    for column, matrix, name in zip(st.columns(2), (one, other), names, strict=True):
        with column:
            st.html(draw_matrix(matrix, classes, f"{name}: the bluer, the larger its share of the true class"))


def _told(shown: Shown, change: Change) -> str:
    how = "more" if change.size > 0 else "less"
    truth, said = shown.name(change.truth), shown.name(change.said)
    return f"- {truth} {words.a(said)} {how} often: {change.after:,} instead of {change.before:,} times"


def draw_calibrations(shown: Sequence[Shown], names: Sequence[str], colours: Sequence[str]) -> None:
    """Draw how often each is right at each confidence."""
    found = [calibration(one.answers.confidence, one.answers.is_right) for one in shown]
    errors = [f"**{name}** {100 * one.error:.1f} points" for name, one in zip(names, found, strict=True)]
    st.markdown(
        f"Mean gap between confidence and share right: {', '.join(errors)}. Below the dashed line a network is surer "
        "than it should be, above it less sure."
    )
    figure = draw_reliability(*found, names=names, colours=colours)
    chart(figure, key="compare_calibration", alt=f"Share right over confidence, of {' and '.join(names)}")
