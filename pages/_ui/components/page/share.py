"""A button that copies the page's link."""

from __future__ import annotations

from pages._ui.components import component

_component = component(
    "page/share",
    "<button type='button' class='share'>Share</button><span class='shared' role='status' aria-live='polite'></span>",
)


def share() -> None:
    """Draw the button."""
    _component(key="share", data={}, height="content", width="content")
