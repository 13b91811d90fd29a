"""Examples: find test examples by class and answer, name groups of them, and repair what the network learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.classification import Answers
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.families import find_family
from core.figures.names import BELOW
from core.names import shortened
from core.runs.examples.marks import data_of, marks_of
from core.runs.examples.slices import pick_rows
from core.store import Run
from core.store.notes.marks import Mark
from pages._ui.inside.files import offer
from pages._ui.inside.given import open_test
from pages._ui.inside.images.groups import draw_groups, offer_naming, show_told
from pages._ui.inside.images.marking import draw_mark_dialog, draw_marked, learned_by
from pages._ui.inside.images.repair import draw_repair
from pages._ui.inside.images.wall import draw_wall
from pages._ui.inside.subject import Inside
from pages._ui.shell import owner, privacy, shell, words

CELL = "inside_cell"  # in the link: true and predicted class, joined by a point
ANY = -1  # instead of a class
MOST = 24  # a page of the wall
ALL, RIGHT, WRONG, MARKED = "All", "Right", "Wrong", "Marked"
WALL, REPAIR = "Wall", "Repair"


@dataclass(frozen=True)
class Chosen:
    """Which test examples are looked at.

    Args:
        truth, said: True and predicted class; None for any.
        kind: All, right, wrong or marked ones.
    """

    truth: int | None
    said: int | None
    kind: str

    @property
    def is_by_answers(self) -> bool:
        """Whether the answers of the run decide."""
        return self.said is not None or self.kind in (RIGHT, WRONG)

    def words(self, classes: tuple[str, ...]) -> str:
        """Return how they were found, in a few words."""
        parts = [] if self.kind == ALL else [self.kind.lower()]
        parts += [] if self.truth is None else [f"is {classes[self.truth]}"]
        parts += [] if self.said is None else [f"said {classes[self.said]}"]
        return ", ".join(parts) or "all"


def draw_images(inside: Inside) -> None:
    """Draw the view."""
    show_told()
    shell.say()
    noun = f"{inside.dataset.spec.features.noun}s"
    if not inside.sees:
        privacy.say(f"The {noun} are")
        return
    if not is_prepared(shell.store().settings, inside.run.dataset):
        st.caption(f"The {noun} are not on this server.")
        return
    try:
        answers = shell.store().files(inside.run.id).load_predictions()
    except ArtifactError:
        st.caption(_no_answers(inside.run, noun))
        return
    if "probabilities_last" not in answers:
        st.caption(f"Here are the test {noun} of classifiers, by their class and by what was said of them.")
        return
    marks = marks_of(shell.store(), data_of(inside.run), "test", owner.actor())
    chosen = _choose(inside.dataset.spec.classes, bool(marks))
    rows = _rows(answers, chosen, marks)
    _draw_found(inside, answers, chosen, rows)
    draw_marked(inside, answers, marks)
    draw_groups(inside.run)
    draw_mark_dialog(data_of(inside.run), learned_by(inside))


def _no_answers(run: Run, noun: str) -> str:
    if find_family(str(run.family)).makes_examples:
        return f"This run makes {noun} instead of answering about them: there are no right and wrong ones to look at."
    if run.status.is_final:
        return f"This run ended before it was tested, so it has no answers to test {noun}."
    return f"When the run has ended and was tested, its answers to all test {noun} are here."


def _choose(classes: tuple[str, ...], has_marks: bool) -> Chosen:
    """Draw the choice of examples; the link may name a cell of the confusion matrix."""
    cell, options = _linked(len(classes)), [ANY, *range(len(classes))]
    with st.container(horizontal=True, vertical_alignment="bottom", key="images_choice"):
        truth, said = (
            st.selectbox(
                label,
                options,
                index=options.index(cell[place]) if cell else 0,
                format_func=lambda label: "any" if label == ANY else classes[label],
                key=f"images_{name}_{cell}",
                width=150,
                help=help,
            )
            for place, (name, label, help) in enumerate(
                (
                    ("is", "True class", "What the example is, by its label."),
                    ("said", "Answer", "The class that the network says, at the end of its training."),
                )
            )
        )
        kind = st.segmented_control(
            "Answers",
            [ALL, RIGHT, WRONG, *([MARKED] if has_marks else [])],
            default=ALL if cell else WRONG,
            required=True,
            key=f"images_kind_{cell}",
            label_visibility="collapsed",
        )
    return Chosen(None if truth == ANY else truth, None if said == ANY else said, str(kind))


def _linked(count: int) -> tuple[int, int] | None:
    parts = st.query_params.get(CELL, "").split(".")
    numbers = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 6]
    return (numbers[0], numbers[1]) if len(numbers) == len(parts) == 2 and max(numbers) < count else None


def _rows(answers: Mapping[str, np.ndarray], chosen: Chosen, marks: list[Mark]) -> np.ndarray:
    """Return the rows of the chosen examples, the most confident answers first."""
    is_right = {RIGHT: True, WRONG: False}.get(chosen.kind)
    marked = [mark.row for mark in marks] if chosen.kind == MARKED else None
    rows = pick_rows(answers, truth=chosen.truth, said=chosen.said, is_right=is_right, marked=marked)
    sure = answers["probabilities_last"].max(axis=1)[np.searchsorted(answers["ids"], rows)]
    found: np.ndarray = rows[np.argsort(-sure, kind="stable")]
    return found


def _draw_found(inside: Inside, answers: Mapping[str, np.ndarray], chosen: Chosen, rows: np.ndarray) -> None:
    spec = inside.dataset.spec
    noun, classes = spec.features.noun, spec.classes
    with st.container(horizontal=True, vertical_alignment="center", key="images_head"):
        total = len(answers["ids"])
        st.markdown(
            f"**{len(rows):,}** of {total:,} test {noun}s: {words.plain(chosen.words(classes))}", width="stretch"
        )
        # Of a network from elsewhere it is not known what it learned from, and it is not trained again.
        shows = [WALL, REPAIR] if find_family(str(inside.run.family)).is_trained_here else [WALL]
        how = st.segmented_control(
            "Show",
            shows,
            default=shows[-1] if _linked(len(classes)) else WALL,
            required=True,
            key="images_how",
            label_visibility="collapsed",
            help=f"Repair: each with what the network looked at, and the training {noun}s most like it.",
        )
        if len(rows):
            offer_naming(inside.run, rows.tolist(), chosen.words(classes), is_by_answers=chosen.is_by_answers)
    if not len(rows):
        st.caption(f"There are no such test {noun}s.")
    elif how == REPAIR:
        draw_repair(inside, Answers(*(answers[name] for name in ("ids", "y_true", "probabilities_last"))), rows)
    else:
        _wall(inside, answers, rows)


def _wall(inside: Inside, answers: Mapping[str, np.ndarray], rows: np.ndarray) -> None:
    key, pages = f"images_page_{len(rows)}_{rows[0]}", -(-len(rows) // MOST)
    page = min(int(st.session_state.get(key, 1)), pages)
    shown = [int(row) for row in rows[(page - 1) * MOST : page * MOST]]
    draw_wall(
        inside,
        shown,
        [answer_words(answers, row, inside.dataset.spec.classes) for row in shown],
        key="images_wall",
        on_pick=lambda place: open_test(inside.run, shown[place]),
    )
    if pages > 1:
        st.number_input(f"Page of {pages:,}", 1, pages, 1, key=key, width=140)
    st.caption("Choose one to give it to the network: it is then the input of every view.")
    places = np.searchsorted(answers["ids"], rows)
    shares = answers["probabilities_last"][places]
    columns = {"row": rows, "true": answers["y_true"][places], "said": shares.argmax(1), "share": shares.max(1)}
    offer(inside, "examples", table=partial(pd.DataFrame, columns), key="images")


def answer_words(answers: Mapping[str, np.ndarray], row: int, classes: tuple[str, ...]) -> str:
    """Return what was said of a test example and what it is, in two lines."""
    place = int(np.searchsorted(answers["ids"], row))
    shares = answers["probabilities_last"][place]
    said, truth = int(shares.argmax()), int(answers["y_true"][place])
    short = [shortened(classes[label], BELOW) for label in (said, truth)]
    return f"said {short[0]}, {words.percent(float(shares[said]), 0)}\nis {short[1]}"
