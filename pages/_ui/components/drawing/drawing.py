"""A drawing in SVG that our own code made: it takes the page's ink."""

from __future__ import annotations

from typing import Literal

from pages._ui.components import component

_component = component("drawing/drawing", "<div class='drawing'></div>")


def drawing(svg: str, *, key: str, width: int | Literal["stretch"] = "stretch") -> None:
    """Show a drawing.

    Args:
        svg: Markup of our own, in which all foreign text is escaped.
        key: Streamlit's key; the same key changes the drawing in place.
        width: Of its place, in CSS pixels.
    """
    _component(key=key, data={"svg": svg}, height="content", width=width)
