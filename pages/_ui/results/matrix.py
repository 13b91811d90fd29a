"""The confusion matrix, and the examples in one of its cells."""

from __future__ import annotations

import streamlit as st

from pages._ui.components.pictures.confusion import confusion
from pages._ui.inside.links import has_inside
from pages._ui.results.context import Shown
from pages._ui.runs.opened import CELL, link, linked
from pages._ui.shell import words

MOST = 24  # examples shown of a cell
_OPEN = "_open_cell"  # session key; kept outside the component, whose late messages then open nothing


def matrix(shown: Shown) -> None:
    """Draw the matrix; a click on a cell shows its examples, a second click hides them."""
    counts, cell = shown.answers.matrix, _open_cell(shown)

    def toggle(truth: int, said: int) -> None:
        is_open = _open_cell(shown) == (truth, said)
        st.session_state[_OPEN] = None if is_open else (shown.identity, truth, said)
        link(shown.run, CELL, [] if is_open else [truth, said])

    st.caption(
        f"A row is the true class of {words.a(shown.noun)}, a column its predicted class. Click a cell to see its "
        f"{shown.kind}."
    )
    confusion(counts, shown.classes, key="confusion", identity=shown.identity, chosen=cell, on_click=toggle)
    if cell is not None:
        _images(shown, *cell, int(counts[cell]))


def _open_cell(shown: Shown) -> tuple[int, int] | None:
    if _OPEN not in st.session_state:
        cell = linked(shown.run, CELL)
        return (cell[0], cell[1]) if len(cell) == 2 and max(cell) < len(shown.classes) else None
    identity, *cell = st.session_state[_OPEN] or ("", 0, 0)
    return (cell[0], cell[1]) if identity == shown.identity else None


def _images(shown: Shown, truth: int, said: int, count: int) -> None:
    called = "predicted correctly" if truth == said else f"predicted **{shown.name(said)}**"
    with st.container(border=True, key="cell"):
        part = ", the most confident first" if count > MOST else ""
        how_many = f"{count:,}" if shown.missing else f"showing {min(count, MOST)} of {count:,}{part}"
        st.markdown(f"Is **{shown.name(truth)}**, {called}: {how_many}")
        if shown.missing:
            st.caption(shown.missing)
        else:
            shown.draw(shown.answers.called(truth, said, MOST), "cell_images")
            _offer_repair(shown, truth, said)


def _offer_repair(shown: Shown, truth: int, said: int) -> None:
    """Draw the link to what the network looked at in these, and to the training examples most like them."""
    if not has_inside(shown.run):
        return
    here = {"run": shown.run.id, "inside_view": "Examples", "inside_cell": f"{truth}.{said}"}
    st.page_link("pages/inside.py", label="Look closer and repair", icon=":material/healing:", query_params=here)
