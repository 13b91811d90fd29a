"""Choose the class that a conditional generator is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

EACH = "Each in turn"


def choose_class(classes: Sequence[str], key: str, help_: str) -> int | None:
    """Draw the menu; return the class, or None for each in turn or an unconditional generator.

    Args:
        classes: Names of the classes; empty for an unconditional generator.
        key: Streamlit's key.
        help_: The effect of the choice.
    """
    if not classes:
        return None
    named = [EACH, *classes]  # a menu shows no Markdown
    chosen = st.selectbox("Class", range(len(named)), format_func=named.__getitem__, key=key, width=180, help=help_)
    return chosen - 1 if chosen else None
