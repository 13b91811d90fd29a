"""A placeholder in a folded section until it is first unfolded, so that folded content costs nothing.

Streamlit's own stateful expander is replaced, and folded, whenever its title changes.
"""

from __future__ import annotations

from collections.abc import Callable

from pages._ui.components import component

_component = component("page/unfolding", "<div class='unfolding'></div>")


def unfolding(unfolded: Callable[[], None] | None, *, key: str, opened: int = 0) -> None:
    """Watch the section that this stands in, and unfold it on demand.

    Args:
        unfolded: Called when the section is unfolded; draw its content then. None if it is drawn.
        key: Streamlit's key.
        opened: A number that grows unfolds the section.
    """
    _component(
        key=key, data={"opened": opened, "waits": unfolded is not None}, on_unfolded_change=unfolded or (lambda: None)
    )
