"""Show an SVG drawing made by our own code, in the page's text colour; a wide one scrolls sideways."""

from __future__ import annotations

from typing import Literal

from pages._ui.components import component

_component = component("drawing/drawing", "<div class='drawing'></div>")


def drawing(svg: str, *, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Show a drawing.

    Args:
        svg: Our own markup, with all user text escaped.
        key: Streamlit's key; the same key updates the drawing in place.
        width: Width of its container in CSS pixels.
    """
    _component(key=key, data={"svg": svg}, height="content", width=width)
