"""Static charts. Streamlit's own load all of plotly, which takes seconds on a slow machine."""

from __future__ import annotations

import plotly.graph_objects as go

from pages._ui.components import component

_component = component("charts/chart", "<div class='chart' role='img'></div>", "charts/plotly")


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """Draw a figure of lines, dots and bars in the theme's colours.

    Args:
        figure: The figure; its layout must set a height.
        key: Streamlit's key.
        alt: Its description for screen readers.
    """
    _component(key=key, data={"figure": figure.update_layout(template="none").to_json(), "alt": alt}, height="content")
