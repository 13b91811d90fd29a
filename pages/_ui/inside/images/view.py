"""Examples: find test examples by class and answer, name groups of them, and repair what the network learned from."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.classifier.classification import Answers
from core.datasets.prepared import is_prepared
from core.figures.names import BELOW
from core.names import shortened
from core.runs.examples.marks import data_of
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.inside.files import offer
from pages._ui.inside.given import open_test
from pages._ui.inside.given.filter import CELL, WRONG, Filter, answers_of, draw_filter, marks_on
from pages._ui.inside.images.groups import draw_groups, offer_naming, show_told
from pages._ui.inside.images.marking import draw_mark_dialog, draw_marked, learned_by
from pages._ui.inside.images.repair import draw_repair
from pages._ui.inside.images.wall import draw_wall
from pages._ui.inside.links import from_link, keep_in_link
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words

MOST = 24  # a page of the wall
HOW = "inside_show"  # in the link too
WALL, REPAIR = "Wall", "Repair"


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
    answers, marks = answers_of(inside.run), marks_on(inside.run)
    if answers is None:
        st.caption(_no_answers(inside.run, noun))
        return
    is_of_cell = CELL in st.query_params
    chosen = draw_filter(inside.run, inside.dataset.spec.classes, WRONG)
    labels = np.asarray(examples_seen(shell.store(), inside.run, privacy.viewer(inside.run)).y_test)
    rows = chosen.rows(labels, answers, marks)
    _draw_found(inside, answers, chosen, rows, REPAIR if is_of_cell else WALL)
    draw_marked(inside, answers, marks)
    draw_groups(inside.run)
    draw_mark_dialog(data_of(inside.run), learned_by(inside))


def _no_answers(run: Run, noun: str) -> str:
    if run.status.is_final:
        return f"This run ended before it was tested, so it has no answers to test {noun}."
    return f"When the run has ended and was tested, its answers to all test {noun} are here."


def _draw_found(inside: Inside, answers: Answers, chosen: Filter, rows: np.ndarray, first: str) -> None:
    spec = inside.dataset.spec
    noun, classes = spec.features.noun, spec.classes
    with st.container(horizontal=True, vertical_alignment="center", key="images_head"):
        total = len(answers.ids)
        st.markdown(
            f"**{len(rows):,}** of {total:,} test {noun}s: {words.plain(chosen.words(classes))}", width="stretch"
        )
        # Of a network from elsewhere it is not known what it learned from, and it is not trained again.
        shows = [WALL, REPAIR] if inside.family.is_trained_here else [WALL]
        how = st.segmented_control(
            "Show",
            shows,
            default=from_link(HOW, shows, first if first in shows else WALL),
            required=True,
            key="images_how",
            label_visibility="collapsed",
            help=f"Repair: each with what the network looked at, and the training {noun}s most like it.",
        )
        if len(rows):
            offer_naming(inside.run, rows.tolist(), chosen.words(classes), is_by_answers=chosen.is_by_answers)
    keep_in_link(HOW, str(how), WALL)
    if not len(rows):
        st.caption(f"There are no such test {noun}s.")
    elif how == REPAIR:
        draw_repair(inside, answers, rows)
    else:
        _wall(inside, answers, rows)


def _wall(inside: Inside, answers: Answers, rows: np.ndarray) -> None:
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
    places = np.searchsorted(answers.ids, rows)
    columns = {"row": rows, "true": answers.y_true[places], "said": answers.said[places]}
    columns |= {"share": answers.confidence[places]}
    offer(inside, "examples", table=partial(pd.DataFrame, columns), key="images")


def answer_words(answers: Answers, row: int, classes: tuple[str, ...]) -> str:
    """Return what was said of a test example and what it is, in two lines."""
    place = int(np.searchsorted(answers.ids, row))
    said, truth = int(answers.said[place]), int(answers.y_true[place])
    short = [shortened(classes[label], BELOW) for label in (said, truth)]
    return f"said {short[0]}, {words.percent(float(answers.confidence[place]), 0)}\nis {short[1]}"
