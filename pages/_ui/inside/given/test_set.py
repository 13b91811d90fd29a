"""Find a test example: by class, by whether it was answered rightly, or by its number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets import Prepared
from core.datasets.corruptions import shifted_rows
from core.figures.pictures import grey_picture
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.inside.given.filter import answers_of, draw_filter, marks_on
from pages._ui.shell import words

PER_PAGE, WIDTH = 10, 44  # pictures to choose from, and their CSS pixels


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
    chosen_ones = draw_filter(run, data.spec.classes)
    rows = chosen_ones.rows(np.asarray(data.y_test), answers_of(run), marks_on(run))
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


def _name(classes: tuple[str, ...], data: Prepared, row: int) -> str:
    return words.plain(classes[int(data.y_test[row])]) if classes else ""
