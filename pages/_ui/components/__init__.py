"""Small components that Streamlit lacks. Each works offline and in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from core.figures.colours import BLUE, ORANGE

_HERE = Path(__file__).parent
_COLOURS = f":root {{ --blue: {BLUE}; --orange: {ORANGE}; }}\n"


def component(path: str, html: str, *shared: str) -> Any:
    """Return the component with the code `<path>.js` and, if it exists, the style `<path>.css`.

    Styles may use the colours `var(--blue)` and `var(--orange)`.

    Args:
        path: `<folder>/<name>`; the name is the component's.
        html: Its initial markup.
        shared: Paths of code that is put before its own.
    """
    style = _HERE / f"{path}.css"
    return st.components.v2.component(
        path.rpartition("/")[2],
        html=html + "\n",  # Streamlit takes a text without a line break for a path
        css=_COLOURS + style.read_text() if style.is_file() else None,
        js="".join((_HERE / f"{part}.js").read_text() for part in (*shared, path)),
        isolate_styles=False,
    )
