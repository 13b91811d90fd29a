"""Which class a conditional generator is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

EACH = "Each in turn"


def choose_class(classes: Sequence[str], key: str, help_: str) -> int | None:
    """Draw the menu and return the class; None for one after the other, or if the generator knows none.

    Args:
        classes: Their names; empty for a generator that is told none.
        key: Streamlit's key.
        help_: What the choice does.
    """
    if not classes:
        return None
    named = [EACH, *classes]  # a menu takes no markup
    chosen = st.selectbox("Class", range(len(named)), format_func=named.__getitem__, key=key, width=180, help=help_)
    return chosen - 1 if chosen else None
