"""A placeholder in a folded section until it is first unfolded, so that folded content costs nothing.

Streamlit's own stateful expander is replaced, and folded, whenever its title changes.
"""

from __future__ import annotations

from collections.abc import Callable

from pages._ui.components import component

_component = component("page/unfolding", "<div class='unfolding'></div>")


def unfolding(unfolded: Callable[[], None], *, key: str) -> None:
    """Draw the placeholder of a section's content.

    Args:
        unfolded: Called when the section is unfolded; from then on, draw the content instead.
        key: Streamlit's key.
    """
    _component(key=key, on_unfolded_change=unfolded)
