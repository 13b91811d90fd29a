"""Mark examples as mislabelled, see what is marked, and train again on what is right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from core.analysis.classifier.classification import Answers
from core.datasets import Prepared
from core.errors import DatasetError
from core.families import config_of, find_family
from core.figures.names import BELOW
from core.names import shortened
from core.runs.examples.marks import (
    DataVersion,
    data_of,
    mark_example,
    marks_of,
    retrain,
    unmark_example,
    without_marked,
)
from core.runs.visible import examples_seen, open_seen
from core.schedule.split import training_rows
from core.store import Run
from core.store.notes.marks import Mark, Part
from pages._ui.compare.chosen import QUERY
from pages._ui.inside.images.groups import tell
from pages._ui.inside.images.wall import draw_examples
from pages._ui.inside.subject import Inside
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.shell.views import studio_page

MOST = 24  # marked examples shown
OUT = -1  # in the list of classes: belongs to none
LARGE = 168  # CSS pixels of the picture in the dialog
Learned = Callable[[int], str]  # row of a training example -> a sentence about its label; empty for none
_OPEN, _NEW = "_mark_open", "_mark_retrained"  # what the dialog is about; the run that was queued last, by its origin


def open_mark(data: DataVersion, part: Part, row: int) -> None:
    """Open the dialog about an example; in a callback."""
    st.session_state[_OPEN] = (data, part, row)


def draw_mark_dialog(data: DataVersion, learned: Learned | None = None) -> None:
    """Draw the dialog, if it is open.

    Args:
        data: What is looked at.
        learned: Tells how a run has learned the label of a training example, and why; None without a run.
    """
    opened, part, row = st.session_state.get(_OPEN, (None, "train", 0))
    if opened != data:
        return
    if not privacy.sees(data.dataset):  # the holder of a link looks only
        _close()
        return
    known = open_seen(shell.store().settings, data.dataset, owner.actor())
    title = f"{'Training' if part == 'train' else 'Test'} {known.spec.features.noun} {row:,}"
    st.dialog(title, on_dismiss=_close)(_dialog)(data, known, part, row, learned)


def _dialog(data: DataVersion, known: Prepared, part: Part, row: int, learned: Learned | None) -> None:
    shell.say()
    classes, given = known.spec.classes, int((known.y_train if part == "train" else known.y_test)[row])
    marked = {mark.row: mark for mark in marks_of(shell.store(), data, part, owner.actor())}.get(row)
    draw_examples(known, [row], [""], key="mark_picture", part=part, width=LARGE)
    how = learned(row) if learned is not None and part == "train" else ""
    st.markdown(f"Its label is **{words.name(classes[given])}**.{how}")
    options = [label for label in range(len(classes)) if label != given]
    chosen = None if marked is None else OUT if marked.right is None else marked.right
    st.selectbox(
        "What is right?",
        [*options, OUT],
        index=None if chosen is None else [*options, OUT].index(chosen),
        format_func=lambda label: "None of the classes: leave it out" if label == OUT else classes[label],
        placeholder="Choose a class",
        key=_label_key(part, row),
        help="Only you see your marks. They change no data, and no run that exists.",
    )
    with st.container(horizontal=True):
        does = partial(_mark, data, part, row)
        st.button("Mark as mislabelled", type="primary", icon=":material/flag:", key="mark_set", on_click=does)
        if marked is not None:
            st.button("Remove the mark", key="mark_clear", on_click=_unmark, args=(data, part, row))
    if part == "test":
        st.caption("The score of record stays as it is; beside it stands the score without your marked examples.")


def learned_by(inside: Inside) -> Learned:
    """Return what tells how a run has learned a label that its settings change."""
    return partial(_broken, inside)


def _broken(inside: Inside, row: int) -> str:
    """Say how a run has learned a training example if its settings change the label; empty if they do not."""
    config, data = config_of(inside.run), examples_seen(shell.store(), inside.run, privacy.viewer(inside.run))
    learned = training_rows(config, np.asarray(data.y_train), data.spec.num_classes, data.spec.groups)
    label = int(learned.labels[row])
    why = "it was corrected" if row in {one.row for one in config.corrected} else "its settings break labels on purpose"
    return (
        ""
        if label == int(data.y_train[row])
        else f" This run learned it as **{words.name(data.spec.classes[label])}**: {why}."
    )


def _mark(data: DataVersion, part: Part, row: int) -> None:
    with shell.remember():
        label = st.session_state.get(_label_key(part, row))
        if label is None:
            raise DatasetError("nothing is chosen", expected="the right class, or None of the classes")
        mark_example(shell.store(), data, part, Mark(row, None if label == OUT else int(label)), owner.actor())
        _close()
    st.rerun()


def _unmark(data: DataVersion, part: Part, row: int) -> None:
    with shell.remember():
        unmark_example(shell.store(), data, part, row, owner.actor())
        _close()
    st.rerun()


def _label_key(part: Part, row: int) -> str:
    return f"mark_label_{part}_{row}"


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def draw_marked(inside: Inside, answers: Answers, test_marks: Sequence[Mark]) -> None:
    """Draw what the visitor has marked, with the score without marked test examples, and offer to train again."""
    run, noun = inside.run, inside.dataset.spec.features.noun
    if test_marks:
        st.markdown(without_words(answers.ids, answers.is_right, list(test_marks), f"{noun}s"))
    marks, corrected = marks_of(shell.store(), data_of(run), "train", owner.actor()), config_of(run).corrected
    if corrected:
        said = config_of(run).field("corrections").say(run.config["corrections"])
        st.caption(f"This run has learned with corrections: {said}.")
    if not marks or not privacy.can_train(run.dataset) or not find_family(str(run.family)).is_trained_here:
        return
    draw_train_marks(data_of(run), examples_seen(shell.store(), run, privacy.viewer(run)), marks)
    _offer_training(run, len(marks))


def draw_train_marks(data: DataVersion, known: Prepared, marks: Sequence[Mark]) -> None:
    """Draw the training examples that the visitor has marked; choosing one opens its mark."""
    noun = known.spec.features.noun
    st.subheader(f"Marked training {noun}s", anchor=False)
    short = [shortened(name, BELOW) for name in known.spec.classes]
    texts = [f"#{mark.row}\n{'left out' if mark.right is None else 'is ' + short[mark.right]}" for mark in marks]
    draw_examples(
        known,
        [mark.row for mark in marks[:MOST]],
        texts[:MOST],
        key="marks_train",
        part="train",
        on_pick=lambda place: open_mark(data, "train", marks[place].row),
    )
    if len(marks) > MOST:
        st.caption(f"Showing {MOST} of {len(marks):,}.")


def without_words(ids: np.ndarray, is_right: np.ndarray, marks: list[Mark], kind: str) -> str:
    """Return the score of record and the one without marked test examples, in one sentence."""
    found = without_marked(ids, is_right, marks)
    record = f"{words.percent(float(is_right.mean()))} of all test {kind} are right, the score of record"
    if found.accuracy is None:
        return f"{record}; you have marked all of them."
    verb = f"the {found.marked:,} that you marked" if found.marked != 1 else "the one that you marked"
    return f"{record}; **{words.percent(found.accuracy)}** without {verb}."


def _offer_training(run: Run, count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="marks_retrain_row"):
        st.button(
            f"Train again with {count:,} correction{'s' if count != 1 else ''}",
            type="primary",
            icon=":material/healing:",
            key="marks_retrain",
            on_click=_retrain,
            args=(run,),
            help="Starts a run of yours with the same settings and these corrections, which are a setting of it: later "
            "marks do not change it.",
        )
        new = st.session_state.get(_NEW, {}).get(run.id)
        if new:
            link = {"run": new}
            st.page_link(studio_page(run.family), label="The new run", icon=":material/show_chart:", query_params=link)
            both = {QUERY: f"{run.id},{new}"}
            label = "Compare both"
            st.page_link("pages/compare.py", label=label, icon=":material/compare_arrows:", query_params=both)


def _retrain(run: Run) -> None:
    with shell.remember():
        new = retrain(shell.store(), run, owner.actor())
        st.session_state.setdefault(_NEW, {})[run.id] = new.id
        tell(f"{words.plain(new.name)} is queued.")
