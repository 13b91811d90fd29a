"""Find a test example: by class, by whether it was answered rightly, or by its number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.classifier.classification import Answers
from core.datasets import Prepared
from core.datasets.corruptions import shifted_rows
from core.errors import ArtifactError
from core.figures.pictures import grey_picture
from core.names import shortened
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.shell import shell, words

PER_PAGE, WIDTH = 10, 44  # pictures to choose from, and their CSS pixels
ANY = -1  # instead of a class
ALL, RIGHT, WRONG, SURE = "All", "Right", "Wrong", "Confident mistakes"


def test_image(data: Prepared, run: Run, row: int) -> np.ndarray:
    """Return a test image as this run was tested on it, uint8 (h, w, c)."""
    image: np.ndarray = shifted_rows(data.x_test, [row], run.config.get("test_shift", "none"))[0]
    return image


def find_images(data: Prepared, run: Run, chosen: int) -> None:
    """Draw test images to choose from.

    Args:
        data: The data.
        run: The run whose answers tell them apart.
        chosen: Row of the one that is shown.
    """
    rows = _rows(data, run)
    if not len(rows):
        st.caption("There are none.")
        return
    pages = -(-len(rows) // PER_PAGE)
    page = min(st.session_state.get(key := f"inside_page_{run.id}", 0), pages - 1)
    shown = [int(row) for row in rows[page * PER_PAGE : (page + 1) * PER_PAGE]]
    classes = data.spec.classes
    pictures(
        [grey_picture(test_image(data, run, row), f"test image {row}, {_name(classes, data, row)}") for row in shown],
        key="inside_found",
        width=WIDTH,
        chosen=[shown.index(chosen)] if chosen in shown else [],
        on_pick=lambda place: open_row(run, shown[place]),
    )
    with st.container(horizontal=True, vertical_alignment="center", key="inside_pages"):
        for way, icon, label in ((-1, "chevron_left", "Before"), (1, "chevron_right", "Next")):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"inside_page{way}",
                type="tertiary",
                disabled=not 0 <= page + way < pages,
                on_click=st.session_state.__setitem__,
                args=(key, page + way),
            )
        st.caption(f"{len(rows):,} found")


def open_row(run: Run, row: int) -> None:
    """In a callback: look at another test example."""
    st.session_state[f"inside_row_{run.id}"] = row


def _rows(data: Prepared, run: Run) -> np.ndarray:
    """Draw the choice of class and of answers, and return the rows of the test set that fit."""
    labels, classes, answers = np.asarray(data.y_test), data.spec.classes, _answers(run)
    with st.container(horizontal=True, key="inside_filter"):
        label = st.selectbox(
            "Class",
            [ANY, *range(len(classes))],  # with None it would offer to be emptied
            format_func=lambda one: "Any class" if one == ANY else shortened(classes[one], 20),
            key=f"inside_class_{run.id}",
            label_visibility="collapsed",
            width=118,
        )
        kinds = [ALL, RIGHT, WRONG, SURE] if answers else [ALL]
        kind = st.selectbox("Answers", kinds, key=f"inside_kind_{run.id}", label_visibility="collapsed", width=140)
    rows = np.arange(len(labels))
    if answers is not None and kind != ALL:
        rows = answers.ids[answers.is_right if kind == RIGHT else ~answers.is_right]
        if kind == SURE:
            rows = answers.ids[np.lexsort((-answers.confidence, answers.is_right))][: int((~answers.is_right).sum())]
    return rows if label == ANY else rows[labels[rows] == label]


@st.cache_data(max_entries=20, show_spinner=False)
def _known(run_id: str, generation: int) -> Answers | None:
    found = shell.store().files(run_id).load_predictions()
    return (
        Answers(found["ids"], found["y_true"], found["probabilities_last"]) if "probabilities_last" in found else None
    )


def _answers(run: Run) -> Answers | None:
    """Return the run's answers after its last epoch; None before it was tested."""
    try:
        return _known(run.id, run.generation) if run.status.is_final else None
    except ArtifactError:
        return None


def _name(classes: tuple[str, ...], data: Prepared, row: int) -> str:
    return words.plain(classes[int(data.y_test[row])]) if classes else ""
