"""What two classifiers answer to the same test examples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.class_scores import class_scores
from core.analysis.classifier.classification import Answers
from core.runs.comparison import Comparison, letter
from core.store import Run
from pages._ui.results.context import Shown
from pages._ui.shell import shell

IMAGES = 12  # a group
_PAIR = "compare_pair"


def has_answers(found: Comparison) -> bool:
    """Return whether the first run and another one have named the classes of the same test examples."""
    return bool(_others(found))


def _others(found: Comparison) -> list[int]:
    return [index for index, pair in enumerate(found.pairs, 1) if pair.tally is not None]


def chosen_pair(found: Comparison) -> tuple[list[Shown], tuple[str, str], tuple[int, int]]:
    """Let the run be chosen that the first is held against; return both answers, names and places."""
    others = _others(found)
    other = others[0]
    if len(others) > 1:
        chosen = st.segmented_control(
            "A and", others, format_func=letter, default=other, required=True, key=_PAIR, width="content"
        )
        other = int(chosen)
    return [_shown(found.runs[place]) for place in (0, other)], ("A", letter(other)), (0, other)


def _shown(run: Run) -> Shown:
    answers = shell.store().files(run.id).load_predictions()
    spec = shell.dataset(run.dataset).spec
    return Shown(
        run,
        "last",
        spec.features,
        spec.classes,
        Answers(answers["ids"], answers["y_true"], answers["probabilities_last"]),
    )


def draw_disagreements(shown: list[Shown], names: tuple[str, str]) -> None:
    """Show the test examples of which one is right and the other wrong, and of which both are wrong."""
    first, second = (one.answers for one in shown)
    groups = {
        f"{names[0]} right, {names[1]} wrong": first.is_right & ~second.is_right,
        f"{names[1]} right, {names[0]} wrong": second.is_right & ~first.is_right,
        "Both wrong": ~first.is_right & ~second.is_right,
    }
    for column, (title, rows) in zip(st.columns(3), groups.items(), strict=True):
        with column:
            st.markdown(f"**{title}: {int(rows.sum()):,}**")
            if not rows.any():
                st.caption("None.")
            elif shown[0].missing:
                st.caption(shown[0].missing)
            else:
                _gallery(shown, names, np.flatnonzero(rows)[:IMAGES], title)


def _gallery(shown: list[Shown], names: tuple[str, str], rows: np.ndarray, title: str) -> None:
    one, other = shown
    texts = [
        f"{names[0]} {one.classes[one.answers.said[row]]}, {names[1]} {one.classes[other.answers.said[row]]}\n"
        f"is {one.classes[one.answers.y_true[row]]}"
        for row in rows
    ]
    one.show(one.answers.ids[rows], texts, f"differ {title}")


def draw_by_class(shown: list[Shown], names: tuple[str, str]) -> None:
    """Draw the share of each class that each gets right, sorted by how far they are apart."""
    right = [class_scores(one.answers.matrix).recall * 100 for one in shown]
    table = pd.DataFrame({"Class": list(shown[0].classes), **dict(zip(names, right, strict=True))})
    table["Difference"] = table[names[1]] - table[names[0]]
    table = table.sort_values("Difference", key=abs, ascending=False)
    share = st.column_config.NumberColumn(
        format="%.1f %%", help="Share of the test examples of this class it gets right"
    )
    st.dataframe(
        table,
        key="compare_classes",
        hide_index=True,
        column_config={
            names[0]: share,
            names[1]: share,
            "Difference": st.column_config.NumberColumn(format="%+.1f", help="In percentage points"),
        },
        alt="Share of right answers of each class, of both runs",
    )
