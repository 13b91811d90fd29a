"""A placeholder in a folded section until it is first unfolded, so that folded content costs nothing.

Streamlit's own stateful expander is replaced, and folded, whenever its title changes.
"""

from __future__ import annotations

from collections.abc import Callable

from pages._ui.components import component

_component = component("page/unfolding", "<div class='unfolding'></div>")


def unfolding(
    unfolded: Callable[[], None],
    folded: Callable[[], None],
    *,
    key: str,
    is_drawn: bool,
    is_folded: bool = False,
    opened: int = 0,
) -> None:
    """Watch the section that this stands in, and unfold it on demand.

    Args:
        unfolded: Called when the section is unfolded; draw its content then.
        folded: Called when a section whose content is drawn is folded.
        key: Streamlit's key.
        is_drawn: Whether the content is drawn.
        is_folded: Whether the last call was that of `folded`.
        opened: A number that grows unfolds the section.
    """
    data = {"opened": opened, "waits": not is_drawn, "isFolded": is_folded}
    _component(key=key, data=data, on_unfolded_change=unfolded, on_folded_change=folded)
