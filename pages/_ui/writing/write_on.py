"""Let a network write on from a visitor's own prompt."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from core.runs.predict import answering_step
from core.runs.writing import Draws, Written, write_on
from core.store import Run
from pages._ui.components.text.characters import characters
from pages._ui.shell import privacy, shell, words

MOST = 2_000  # characters
DEADLINE_S = 20.0
_WRITTEN = "_written"
_PROMPT = "What it goes on from. Empty: it begins anew. Of a long one only the end counts."
_COUNT = "How much it writes. Few: a line. Many: it may lose the thread."
_TEMPERATURE = "How bold it draws. Low: the likeliest, it repeats itself. High: varied, with more mistakes."
_TOP_K = "Draws among so many likeliest characters. 0: all. 1: always the likeliest, it goes in circles."
_TOP_P = "Draws among the fewest characters that have this share together. 1: all. Low: safe and dull."
_MOMENT = "The network as it was after so many steps. 0: before training, it writes noise."


def draw_write_on(run: Run, *, leads: bool = False) -> None:
    """Draw prompt and settings, and what it wrote; the body of a fragment.

    Args:
        run: The run.
        leads: Whether nothing else on the page is as important.
    """
    with st.form(f"write_{run.id}", border=False):
        prompt = st.text_area("Prompt", "The ", key="write_prompt", max_chars=MOST, height=80, help=_PROMPT)
        draws, step = _draws(run)
        look: Literal["primary", "secondary"] = "primary" if leads else "secondary"
        asked = st.form_submit_button("Write", icon=":material/edit:", key="write_go", type=look)
    if asked:
        with shell.guard(), st.spinner("It writes"):
            store, spec, me = shell.store(), shell.dataset(run.dataset).spec, privacy.viewer(run)
            said = write_on(store, run, spec, prompt, draws, actor=me, step=step, deadline_s=DEADLINE_S)
            st.session_state[_WRITTEN] = (run.id, prompt, said, draws)
    written = st.session_state.get(_WRITTEN)
    if written and written[0] == run.id:
        _, before, said, drawn = written
        characters(said, key="write_text", before=before, label="What it wrote after the prompt.")
        st.caption(_summary(said, drawn))


def _draws(run: Run) -> tuple[Draws, int]:
    """Draw the settings of the draws, and the choice of the moment if there are several."""
    left, middle, right = st.columns(3)
    temperature = left.slider("Temperature", 0.1, 2.0, 0.8, 0.1, key="write_temperature", help=_TEMPERATURE)
    top_k = middle.number_input("Top-k", 0, 5_000, 0, key="write_top_k", help=_TOP_K)
    top_p = right.slider("Top-p", 0.05, 1.0, 1.0, 0.05, key="write_top_p", help=_TOP_P)
    with st.expander("Length, seed and moment"):
        left, middle, right = st.columns(3)
        count = left.slider("Characters", 50, MOST, 500, 50, key="write_count", help=_COUNT)
        seed = middle.number_input("Seed", 0, 10_000, 0, key="write_seed", help="Same seed, same text. Others differ.")
        with right:
            step = choose_moment(run, "write_moment")
    return Draws(int(count), float(temperature), int(top_k), float(top_p), int(seed)), step


def choose_moment(run: Run, key: str) -> int:
    """Draw the choice of a saved moment, at first the one that answers for the run; return its step."""
    steps, chosen = [one.step for one in shell.store().metrics.snapshots(run.id)], answering_step(shell.store(), run)
    if len(steps) < 2:
        return chosen
    said = st.select_slider("Moment (step)", steps, chosen, "{:,}".format, key=f"{key}_{run.id}", help=_MOMENT)
    return int(said)


def _summary(said: Written, draws: Draws) -> str:
    """Return how it was drawn, for Markdown."""
    mean = words.plain(f"{said.nats.mean():.2f}")
    first = f"After the bar: {len(said.text):,} characters of its own, at a mean surprise of {mean} nats."
    if not draws.top_k and draws.top_p == 1:
        return f"{first} Nothing is cut off: it draws among all characters."
    kept = f"It drew among {said.kept.mean():.1f} characters on average"
    return f"{first} {kept}; what was cut off had {words.percent(float(said.cut.mean()))} of its trust."
