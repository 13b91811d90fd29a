"""Pieces of test text, coloured by how surprised a network was at each character."""

from __future__ import annotations

import streamlit as st

from core.runs.writing import Said, surprise_at
from core.store import Run
from pages._ui.components.text.characters import characters
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, shell, words
from pages._ui.studio.untrained import follow_answer
from pages._ui.writing.write_on import choose_moment

CHARACTERS = 500  # that are shown, about
DEADLINE_S = 20.0
_PLACE = "Where in the unseen text to read. Other places: is it as surprised there?"


def draw_surprise(run: Run) -> None:
    """Draw the choice of place and moment, and the coloured text; the body of a fragment."""
    spec, store = shell.dataset(run.dataset).spec, shell.store()
    if not has_sample(run.dataset):
        st.caption("The texts are not on this server, so they cannot be shown.")
        return
    size = max(1, CHARACTERS // spec.input_shape[0])
    places = max(1, spec.test_size // size)
    left, right = st.columns(2)
    place = left.slider("Place in the text", 1, places, 1, key="surprise_place", help=_PLACE) if places > 1 else 1
    with right:
        step = choose_moment(run, "surprise_moment")
    rows, viewer = range((place - 1) * size, min(place * size, spec.test_size)), privacy.viewer(run)

    def question() -> Said:
        return surprise_at(store, run, spec, rows, viewer=viewer, step=step, deadline_s=DEADLINE_S)

    follow_answer(
        f"_surprise_{run.id}",
        f"surprise {run.id}/{run.generation} {rows} {step}",
        question,
        _show,
        lambda: st.skeleton(height=300),
        run.dataset,
        run=run,
    )


def _show(said: Said) -> None:
    characters(said, key="surprise_text", label="Unseen text, coloured by surprise.")
    mean = words.plain(f"{said.nats.mean():.3f}")
    st.caption(
        f"A mean of {mean} nats on these {len(said.text):,} characters. It begins each piece of text without a memory."
    )
