"""Fields for the tags and the colour of runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.figures.colours import RUN_NAMES, RUNS
from core.store.runs.changes import MOST_TAGS

LEAVE = "leave"  # each run keeps what it has
_NAMES = {"": "None: each chart chooses", **dict(zip(RUNS, RUN_NAMES, strict=True)), LEAVE: "Leave as they are"}


def tags_field(key: str, present: Sequence[str], known: Sequence[str]) -> list[str]:
    """Draw the field with tags, and return them.

    Args:
        key: Streamlit's key.
        present: The tags so far.
        known: Tags of other runs, to choose from.
    """
    return st.multiselect(
        "Tags",
        list(dict.fromkeys([*present, *known])),
        default=list(present),
        key=key,
        accept_new_options=True,
        max_selections=MOST_TAGS,
        placeholder="Choose or type, such as baseline",
        help="Short words by which you find runs again: search for `tag=baseline`, or group by tag.",
    )


def colour_field(key: str, present: str) -> str:
    """Draw the choice of a colour, and return it: empty for none, `LEAVE` for no change.

    Args:
        key: Streamlit's key.
        present: The colour so far; `LEAVE` where several runs differ.
    """
    options = [*([LEAVE] if present == LEAVE else []), "", *RUNS]
    return st.selectbox(
        "Colour",
        options,
        index=options.index(present),
        key=key,
        format_func=_NAMES.__getitem__,
        help="Of its lines where runs are compared, and of its dot in the table.",
    )
