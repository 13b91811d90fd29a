"""Examples as dots in the plane, with a picture on hover; some are chosen with a lasso."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages._ui.components import component

_component = component("scatter/scatter", "<div class='scatter'></div>")


@dataclass(frozen=True, eq=False)
class Sheet:
    """Small pictures of the dots, in rows on one sheet.

    Args:
        file: A WebP file; empty for no pictures.
        columns: Pictures in a row.
        side: Pixels of a picture's side.
    """

    file: bytes = b""
    columns: int = 1
    side: int = 1


def scatter(
    places: np.ndarray,
    kinds: Sequence[int],
    *,
    key: str,
    alt: str,
    axes: tuple[str, str],
    colours: Sequence[str],
    labels: Sequence[str],
    wrong: Sequence[bool],
    texts: Sequence[str],
    sheet: Sheet,
    chosen: Sequence[int],
    marked: Sequence[int],
    on_choose: Callable[[list[int]], None],
) -> None:
    """Draw the dots; new places are moved to.

    Args:
        places: float (n, 2).
        kinds: Index of each dot's colour.
        key: Streamlit's key.
        alt: Description for screen readers.
        axes: Names of both axes.
        colours: CSS colours.
        labels: Text in the middle of the dots of each colour; empty for none.
        wrong: Whether each is drawn as a cross.
        texts: What is said of each on hover.
        sheet: Their pictures.
        chosen: Indices of the chosen dots; the others fade.
        marked: Indices of the dots with a ring.
        on_choose: Is given the indices in the lasso, or of the dot that was clicked; none to choose none.
    """

    def lassoed() -> None:
        found = st.session_state.get(key, {}).get("lassoed")
        if found is not None:
            on_choose([int(one) for one in found["dots"]])

    low, high = places.min(0), places.max(0)
    data = {
        "places": np.round((places - low) / np.maximum(high - low, 1e-12).max(), 4).tolist(),
        "kinds": list(kinds),
        "colours": list(colours),
        "labels": list(labels),
        "wrong": [bool(one) for one in wrong],
        "texts": list(texts),
        "sheet": base64.b64encode(sheet.file).decode(),
        "columns": sheet.columns,
        "side": sheet.side,
        "axes": axes,
        "alt": alt,
        "chosen": list(chosen),
        "marked": list(marked),
    }
    _component(key=key, data=data, on_lassoed_change=lassoed, height="content")
