"""Give each page one entry in the browser's history, so that Back always leaves it."""

from __future__ import annotations

from pages._ui.components import component

_component = component("page/one_entry", "<span hidden></span>")


def one_entry() -> None:
    """Tell the browser, once a visit, before a page writes its settings into the address."""
    _component(key="one_entry", data={}, height=1)
