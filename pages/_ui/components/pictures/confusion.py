"""A confusion matrix whose cells can be opened."""

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
        matrix: How often each class (row) was called each class (column), int (classes, classes).
        classes: Their names.
        key: Streamlit's key.
        identity: Another one draws the table anew.
        chosen: The cell that is open, if one is.
        on_click: Is given the row and the column.
    """

    def clicked() -> None:
        cell = st.session_state.get(key, {}).get("cell")
        if cell:
            on_click(int(cell[0]), int(cell[1]))

    heads = [shortened(name, ON_AXIS) for name in classes]
    data = {"counts": matrix.tolist(), "classes": list(classes), "identity": identity, "chosen": chosen, "heads": heads}
    _component(key=key, data=data, on_cell_change=clicked, height="content")
