"""A button that copies the page's link."""

from __future__ import annotations

from pages._ui.components import component

_component = component(
    "page/share",
    "<div class='sharing'><button type='button' class='share'>Share</button>"
    "<span class='shared' role='status' aria-live='polite'></span></div>",
)


def share(shows: str) -> None:
    """Draw the button; `shows` says what strangers see behind the link."""
    _component(key="share", data={"shows": shows}, height="content", width="content")
