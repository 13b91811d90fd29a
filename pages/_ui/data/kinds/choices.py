"""What several kinds of texts ask before they are accepted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.own import own
from core.datasets.own.own import Card
from core.datasets.texts.tokens import UNITS
from pages._ui.data.review import queue_reading
from pages._ui.shell import shell

_UNIT = """What a token is. Characters: few, long texts. Words: short texts, but a new word is unknown. Pieces: frequent
words stay whole and rare ones are put together, as byte-pair encoding learns it."""


def choose_unit(place: DeltaGenerator, card: Card, units: Sequence[str], chosen: str) -> str:
    """Draw the choice of what texts are split into, and return it."""
    return place.selectbox(
        "Split into",
        list(units),
        list(units).index(chosen),
        format_func=UNITS.__getitem__,
        key=f"add_unit_{card.id}",
        help=_UNIT,
    )


def apply(card: Card, options: dict[str, Any]) -> str:
    """Draw the button that reads the files again; return what is to be done before the data can be accepted."""
    is_changed = options != card.options
    line = st.container(horizontal=True, vertical_alignment="center")
    line.button(
        "Apply",
        key="add_again",
        icon=":material/refresh:",
        disabled=not is_changed,
        on_click=_again,
        args=(card.id, options),
        help="Read the files again with these choices.",
    )
    if not is_changed:
        line.caption("Nothing to apply: it was read with these choices.")
    return "Select Apply below: the files must be read with what you have changed." if is_changed else ""


def _again(dataset_id: str, options: dict[str, Any]) -> None:
    with shell.remember():
        queue_reading(own.read_card(shell.store().settings, dataset_id), options)
    st.rerun()
