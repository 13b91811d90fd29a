"""The choice of what is looked at of all that a network has learned, and the chosen part."""

from __future__ import annotations

import streamlit as st

from pages._ui.inside.learned.curves import draw_curves
from pages._ui.inside.learned.map import draw_map
from pages._ui.inside.learned.unit import draw_unit
from pages._ui.inside.learned.without import draw_without
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy

PART = "inside_learned_part"  # in the link too
PARTS = {
    "What a unit looks for": draw_unit,
    "Map of the test set": draw_map,
    "Units off": draw_without,
    "Robustness": draw_curves,
}


def draw_learned(inside: Inside) -> None:
    """Draw what a network has learned; an entry of the views of the page Inside."""
    if not inside.sees:
        privacy.say("What this network has learned from its data is")
        return
    if inside.judges:  # it has no right and wrong answers
        draw_unit(inside)
        return
    chosen = st.segmented_control(
        "What it has learned",
        list(PARTS),
        default=next(iter(PARTS)),
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )
    PARTS.get(str(chosen), draw_unit)(inside)
