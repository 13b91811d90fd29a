"""Bring a part of the page into sight after a click elsewhere on it."""

from __future__ import annotations

import streamlit as st

from pages._ui.components import component

_component = component("page/sight", "<span hidden></span>")
_ASKED = "_sight_asked"  # how often since the visitor came to this page


def ask_for_sight() -> None:
    """In a callback: have the page's part brought into sight when the page is drawn again."""
    st.session_state[_ASKED] = st.session_state.get(_ASKED, 0) + 1


def sight(anchor: str, *, has_arrived: bool) -> None:
    """Scroll to a part if that was asked for and most of it is out of sight.

    Args:
        anchor: Id of the element where the part begins.
        has_arrived: Whether the visitor has just come to this page; what was asked on another does not count.
    """
    if has_arrived:
        st.session_state[_ASKED] = 0
    _component(key="sight", data={"anchor": anchor, "asked": st.session_state.get(_ASKED, 0)}, height=1)
