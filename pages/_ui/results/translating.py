"""Type a text and see what a run's network answers, and where it looks while it does."""

from __future__ import annotations

import streamlit as st

from core.figures.answers import draw_attention, marked_answers
from core.runs.translating import Translation, translate
from core.store import Run
from pages._ui.components.drawing.drawing import drawing
from pages._ui.shell import privacy, shell

DEADLINE_S = 20.0
_HELP = "Any text like those that it learned from. It answers character by character; others it answers wrongly."


def translating(run: Run, example: str, truth: str = "", step: int | None = None) -> None:
    """Draw a field for a text with the answer and the map of attention below; call it in a fragment.

    Args:
        run: The run.
        example: Text in the field at first.
        truth: The right answer to it, if known.
        step: Snapshot; by default the best by validation, or else the last.
    """
    with st.form(f"translate_{run.id}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Text", example, key="translate_text", max_chars=200, help=_HELP)
        st.form_submit_button("Answer", icon=":material/translate:", key="translate_go")
    if not text.strip():
        st.caption("Type a text.")
        return
    with shell.guard():
        [said] = _answers(run, text, step)
        if text.strip() == example and truth:
            drawing(marked_answers([(said.question, truth, said.answer)]).markup, key="translate_marked")
        else:
            st.code(f"{said.question} \u2192 {said.answer}", language=None, wrap_lines=True)
        if not said.is_ended:
            st.caption("It had no room to end its answer.")
        attention(said, "translate_map")


def attention(said: Translation, key: str) -> None:
    """Draw where a decoder looked; nothing if the network has none."""
    if said.attention is None:
        return
    st.markdown(
        "**Where it looked.** A row for each character of the answer, down to its end (⏎), and a column for each that "
        "it read. The stronger the colour, the more it looked there; a row adds up to 1."
    )
    drawing(draw_attention(said.attention, said.question, said.answer), key=key)


def _answers(run: Run, text: str, step: int | None) -> list[Translation]:
    spec = shell.dataset(run.dataset).spec
    return translate(shell.store(), run, spec, [text], actor=privacy.viewer(run), step=step, deadline_s=DEADLINE_S)
