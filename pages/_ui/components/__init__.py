"""Small components that Streamlit lacks. Each works offline and in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.figures.colours import BLUE, GREEN, ORANGE, VERMILION

_HERE = Path(__file__).parent
_COLOURS = f":root {{ --blue: {BLUE}; --orange: {ORANGE}; --green: {GREEN}; --vermilion: {VERMILION}; }}\n"


def component(path: str, html: str, *shared: str) -> Any:
    """Return the component with the code `<path>.js` and, if it exists, the style `<path>.css`, after those shared.

    Styles may use the colours `var(--blue)`, `var(--orange)`, `var(--green)` and `var(--vermilion)`.

    Args:
        path: `<folder>/<name>`; the name is the component's.
        html: Its initial markup.
        shared: Paths of code, and of styles, that are put before its own.
    """
    styles = [style for part in (*shared, path) if (style := _HERE / f"{part}.css").is_file()]
    return st.components.v2.component(
        path.rpartition("/")[2],
        html=html + "\n",  # Streamlit takes a text without a line break for a path
        css=_COLOURS + "".join(style.read_text() for style in styles) if styles else None,
        js="".join((_HERE / f"{part}.js").read_text() for part in (*shared, path)),
        isolate_styles=False,
    )
