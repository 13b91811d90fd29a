"""A confusion matrix with clickable cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from core.figures.names import ON_AXIS
from core.names import shortened
from pages._ui.components import component

_component = component("pictures/confusion", "<div class='confusion'></div>")


def confusion(
    matrix: np.ndarray,
    classes: Sequence[str],
    *,
    key: str,
    identity: str,
    chosen: tuple[int, int] | None,
    on_click: Callable[[int, int], None],
) -> None:
    """Draw a table of buttons, coloured by their share of the row.

    Args:
        matrix: Counts by true class (row) and predicted class (column), int (classes, classes).
        classes: Names of the classes.
        key: Streamlit's key.
        identity: A new value rebuilds the table.
        chosen: Row and column of the open cell, if any.
        on_click: Called with the row and the column.
    """

    def clicked() -> None:
        cell = st.session_state.get(key, {}).get("cell")
        if cell:
            on_click(int(cell[0]), int(cell[1]))

    heads = [shortened(name, ON_AXIS) for name in classes]
    data = {"counts": matrix.tolist(), "classes": list(classes), "identity": identity, "chosen": chosen, "heads": heads}
    _component(key=key, data=data, on_cell_change=clicked, height="content")
