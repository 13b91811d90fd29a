"""A button that copies the page's link."""

from __future__ import annotations

from pages._ui.components import component

_component = component(
    "page/share",
    "<div class='sharing'><button type='button' class='share'>Share</button>"
    "<span class='shared' role='status' aria-live='polite'></span></div>",
)


def share() -> None:
    """Draw the button."""
    _component(key="share", data={}, height="content", width="content")
