"""One test picture, opened from the results of a run, with all that the network said of it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.datasets.features import Image
from core.names import shortened
from pages._ui.components.page.share import share
from pages._ui.inside.links import link_inside
from pages._ui.results.context import Shown
from pages._ui.runs.opened import EXAMPLE, link, linked
from pages._ui.shell import words

WIDTH, MOST_NAMED = 200, 5


def draw_example(shown: Shown) -> None:
    """Draw the test picture that the link names, if it names one."""
    place = _place(shown)
    if place is not None:
        title = f"Test {shown.noun} {shown.answers.ids[place]:,}"
        st.dialog(title, on_dismiss=lambda: link(shown.run, EXAMPLE, []))(_draw)(shown, place)


def _place(shown: Shown) -> int | None:
    """Return the place of the opened picture among the answers."""
    index = linked(shown.run, EXAMPLE)
    found = np.flatnonzero(shown.answers.ids == index[0]) if len(index) == 1 else ()
    return int(found[0]) if len(found) and isinstance(shown.features, Image) else None


def _draw(shown: Shown, place: int) -> None:
    said, truth = shown.answers.probabilities[place], int(shown.answers.y_true[place])
    order = np.argsort(-said)[:MOST_NAMED]
    if shown.missing:
        st.caption(shown.missing)
    else:
        left, right = st.columns(2)
        with left:
            shown.picture(int(shown.answers.ids[place]), "", "example_picture", WIDTH)
        with right:
            is_right = order[0] == truth
            st.markdown(f"It is **{shown.name(truth)}**, and the network was {'right' if is_right else 'wrong'}:")
            for label in order:
                st.progress(float(said[label]), f"{_name(shown, label)}, {words.percent(float(said[label]))}")
    link_inside(shown.run, "Why? Look inside", row=int(shown.answers.ids[place]), view="Why")
    share(f"It opens this test {shown.noun}; private ones only for those who may see them.", key="share_example")


def _name(shown: Shown, label: int) -> str:
    return words.plain(shortened(shown.classes[label]))
