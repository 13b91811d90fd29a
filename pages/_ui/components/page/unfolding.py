"""Stands in a folded section until that is unfolded for the first time: what is folded costs a browser nothing.

Streamlit's own stateful expander is another one, and folded, whenever its title changes.
"""

from __future__ import annotations

from collections.abc import Callable

from pages._ui.components import component

_component = component("page/unfolding", "<div class='unfolding'></div>")


def unfolding(unfolded: Callable[[], None], *, key: str) -> None:
    """Stand where the section's content will be.

    Args:
        unfolded: Called once it is unfolded; draw the content then instead of this.
        key: Streamlit's key.
    """
    _component(key=key, on_unfolded_change=unfolded)
