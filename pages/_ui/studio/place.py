"""Points placed for the network of the form, in a dialog over its page."""

from __future__ import annotations

import streamlit as st

from core.datasets.features import PLANE
from core.datasets.spec import DataSpec
from core.datasets.targets import Classes
from core.families import Family
from pages._ui.data.points import place_points
from pages._ui.form.form import Form
from pages._ui.shell import shell

_OPEN = "_place_open"
_POINTS = DataSpec(PLANE, Classes(("blue", "orange")), 10, 10)


def offer_points(family: Family) -> None:
    """Draw the button that opens the dialog, if the family's networks learn from such points."""
    if family.takes(_POINTS):
        st.button(
            "Place points",
            icon=":material/scatter_plot:",
            key="place_points",
            type="tertiary",
            on_click=_open,
            help="Opens a plane for points of your own: click, spray, drag, or type a rule. The network then learns "
            "them, with the settings as they are.",
        )


def draw_place(form: Form) -> None:
    """Draw the dialog if it is open."""
    if shell.has_arrived():
        _close()
    elif st.session_state.get(_OPEN):
        st.dialog("Place points", width="medium", on_dismiss=_close)(place_points)(lambda made: _take(form, made))


def _take(form: Form, made: str) -> None:
    _close()
    form.take_dataset(made)


def _open() -> None:
    st.session_state[_OPEN] = True
    st.rerun()


def _close() -> None:
    st.session_state.pop(_OPEN, None)
