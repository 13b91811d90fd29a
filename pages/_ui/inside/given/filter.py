"""The filter of test examples, one for the input and for the view Examples: by class, answer, and what was right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.analysis.classifier.classification import Answers
from core.errors import ArtifactError
from core.names import shortened
from core.runs.examples.marks import data_of, marks_of
from core.runs.examples.slices import pick_rows
from core.store import Run
from core.store.notes.marks import Mark
from pages._ui.inside.links import choose_linked
from pages._ui.shell import owner, shell

# In the link too: a cell of the confusion matrix, true and predicted class joined by a point, or each by itself.
CELL, CLASS, SAID, KIND = "inside_cell", "inside_class", "inside_said", "inside_kind"
ANY = -1  # instead of a class
ALL, RIGHT, WRONG, SURE, MARKED = "All", "Right", "Wrong", "Confident mistakes", "Marked"
LONGEST = 16  # characters of a class in a choice


@dataclass(frozen=True)
class Filter:
    """Which test examples are looked at.

    Args:
        truth, said: True and predicted class; None for any.
        kind: All, right, wrong or marked ones, or mistakes by how sure the network was.
    """

    truth: int | None = None
    said: int | None = None
    kind: str = ALL

    @property
    def is_by_answers(self) -> bool:
        """Whether the answers of the run decide."""
        return self.said is not None or self.kind in (RIGHT, WRONG, SURE)

    def words(self, classes: tuple[str, ...]) -> str:
        """Return how they were found, in a few words."""
        parts = [] if self.kind == ALL else [self.kind.lower()]
        parts += [] if self.truth is None else [f"is {classes[self.truth]}"]
        parts += [] if self.said is None else [f"said {classes[self.said]}"]
        return ", ".join(parts) or "all"

    def rows(self, labels: np.ndarray, answers: Answers | None, marks: Sequence[Mark]) -> np.ndarray:
        """Return the rows of the test data that fit, ascending; confident mistakes the surest first.

        Args:
            labels: True classes of all test examples, (n,).
            answers: What the run answered; None before it was tested.
            marks: Of the visitor, on test examples.
        """
        if answers is None:
            return np.flatnonzero(labels == self.truth) if self.truth is not None else np.arange(len(labels))
        known = {"ids": answers.ids, "y_true": answers.y_true, "probabilities_last": answers.probabilities}
        is_right = {RIGHT: True, WRONG: False, SURE: False}.get(self.kind)
        marked = [mark.row for mark in marks] if self.kind == MARKED else None
        rows = pick_rows(known, truth=self.truth, said=self.said, is_right=is_right, marked=marked)
        if self.kind != SURE:
            return rows
        found: np.ndarray = rows[np.argsort(-answers.confidence[np.searchsorted(answers.ids, rows)], kind="stable")]
        return found


def draw_filter(run: Run, classes: tuple[str, ...], first: str = ALL) -> Filter:
    """Draw the filter and return it.

    Args:
        run: The run.
        classes: Names of the classes of its data; () for none.
        first: The kind that is chosen at first.
    """
    _open_cell(len(classes))
    with st.container(horizontal=True, key="inside_filter"):
        if not classes:
            return Filter()
        truth = _class(run, CLASS, "Class", "Any class", classes)
        if answers_of(run) is None:
            return Filter(truth)
        said = _class(run, SAID, "Answer", "Any answer", classes)
        kinds = [ALL, RIGHT, WRONG, SURE, *([MARKED] if marks_on(run) else [])]
        kind = choose_linked(KIND, "Kind", kinds, first, run=run, label_visibility="collapsed", width=170)
    return Filter(truth, said, kind)


def _class(run: Run, name: str, label: str, any_of: str, classes: tuple[str, ...]) -> int | None:
    begin = "said " if name == SAID else ""

    def says(one: int) -> str:
        return any_of if one == ANY else f"{begin}{shortened(classes[one], LONGEST)}"

    options = [ANY, *range(len(classes))]  # with None it would offer to be emptied
    chosen = choose_linked(name, label, options, ANY, says=says, run=run, label_visibility="collapsed", width=130)
    return None if chosen == ANY else chosen


def _open_cell(count: int) -> None:
    """Take over a cell of the confusion matrix from the link."""
    parts = st.query_params.get(CELL, "").split(".")
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 6]
    if len(numbers) == len(parts) == 2 and max(numbers) < count:
        st.query_params.update({CLASS: str(numbers[0]), SAID: str(numbers[1]), KIND: ALL})
    st.query_params.pop(CELL, None)


@st.cache_data(max_entries=20, show_spinner=False)
def _known(run_id: str, generation: int) -> Answers | None:
    found = shell.store().files(run_id).load_predictions()
    return (
        Answers(found["ids"], found["y_true"], found["probabilities_last"]) if "probabilities_last" in found else None
    )


def answers_of(run: Run) -> Answers | None:
    """Return a classifier's answers after its last epoch; None before it was tested, and of others."""
    try:
        return _known(run.id, run.generation) if run.status.is_final else None
    except ArtifactError:
        return None


def marks_on(run: Run) -> list[Mark]:
    """Return the visitor's marks on test examples of a run's data."""
    return marks_of(shell.store(), data_of(run), "test", owner.actor())
