"""Small components for what Streamlit has no element for. Each works offline and in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def component(path: str, html: str, *shared: str) -> Any:
    """Return the component whose code is `<path>.js`, and whose style is `<path>.css` if there is one.

    Args:
        path: Its room and its name, which is the component's.
        html: What it starts with.
        shared: Paths of the code that stands before its own.
    """
    style = _HERE / f"{path}.css"
    return st.components.v2.component(
        path.rpartition("/")[2],
        html=html + "\n",  # a text without a line break would be taken for a path
        css=style.read_text() if style.is_file() else None,
        js="".join((_HERE / f"{part}.js").read_text() for part in (*shared, path)),
        isolate_styles=False,
    )
