"""Charts that stand still. Streamlit's own load all of plotly, which takes a slow machine seconds."""

from __future__ import annotations

import plotly.graph_objects as go

from pages._ui.components import component

_component = component("charts/chart", "<div class='chart' role='img'></div>", "charts/plotly")


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a figure of lines, dots and bars in the theme's colours.

    Args:
        figure: What is drawn; its layout has a height.
        key: Streamlit's key.
        alt: What it shows, in words.
    """
    _component(key=key, data={"figure": figure.update_layout(template="none").to_json(), "alt": alt}, height="content")
