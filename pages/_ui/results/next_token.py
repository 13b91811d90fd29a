"""The results of a network that says the next character: its surprise, beside counting, and what it writes."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.runs.comparison.baselines import NAMES
from core.runs.writing import write_on
from core.store import Run
from pages._ui.results.run_facts import cost, say_why_empty
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import privacy, shell, words

COUNTING = ("uniform", "1gram", "3gram", "5gram")
MOST = 2_000  # characters
DEADLINE_S = 20.0
_WRITTEN = "_written"


def results(run: Run) -> None:
    """Show how surprised a network is at unseen text, and let it write on from a prompt."""
    if run.summary.get("test_nats_last") is None or not run.status.is_final:
        say_why_empty(run, "The surprise at unseen text, and what it writes,")
        return
    _headline(run)
    draw_all_curves(run)
    st.subheader("Write on")
    if privacy.sees_run(run):
        st.fragment(_write)(run)
    else:
        privacy.say("What it writes is")


def _headline(run: Run) -> None:
    nats, spec = float(run.summary["test_nats_last"]), shell.dataset(run.dataset).spec
    bits, kind = nats / math.log(2), spec.kind
    with st.container(border=True, key="result"):
        left, middle, right = st.columns(3)
        with left:
            st.metric("Surprise", f"{nats:.3f} nats")
            st.markdown("The mean of -log p of each character: 0 if it always knew.")
        with middle:
            st.metric("In bits", f"{bits:.3f} bits")
            st.markdown("What a character would take if the network compressed the text.")
        with right:
            st.metric("Perplexity", f"{math.exp(nats):.2f}")
            st.markdown("A choice among so many characters, all alike, would surprise as much.")
        st.markdown(f"Measured on {spec.test_size * math.prod(spec.input_shape):,} characters of unseen {kind}.")
        _baselines(run, nats)
        st.caption(cost(run))


def _baselines(run: Run, nats: float) -> None:
    """Draw what methods reach that only count, and say which of them the network beats."""
    counted = {which: run.summary.get(f"test_nats_{which}") for which in COUNTING}
    known = {NAMES[which]: float(value) for which, value in counted.items() if value is not None}
    if not known:
        return
    best = min(known, key=known.__getitem__)
    apart = nats - known[best]
    st.markdown(
        f"It beats **{best}** by {-apart:.3f} nats."
        if apart < 0
        else f"**{best[0].upper()}{best[1:]}** is {apart:.3f} nats better: train longer, or with more units."
    )
    rows = {"This network": nats, **{f"{name[0].upper()}{name[1:]}": value for name, value in known.items()}}
    table = pd.DataFrame({"Model": list(rows), "Nats a character": list(rows.values())})
    shown = {"Nats a character": st.column_config.NumberColumn(format="%.3f")}
    st.dataframe(
        table,
        key="baselines",
        hide_index=True,
        column_config=shown,
        alt="Surprise of this network and of methods that count",
    )
    st.caption(
        "All learned from the same text. Counting goes on from one piece to the next; the network begins each anew."
    )


def _write(run: Run) -> None:
    """Let the network write on from the visitor's own prompt."""
    with st.form(f"write_{run.id}", border=False):
        prompt = st.text_area("Prompt", "The ", key="write_prompt", max_chars=MOST, height=80, help=_PROMPT)
        left, middle, right = st.columns(3)
        count = left.slider("Characters", 50, MOST, 500, 50, key="write_count", help=_COUNT)
        temperature = middle.slider("Temperature", 0.1, 2.0, 0.8, 0.1, key="write_temperature", help=_TEMPERATURE)
        seed = right.number_input("Seed", 0, 10_000, 0, key="write_seed", help="Same seed, same text. Others differ.")
        asked = st.form_submit_button("Write", icon=":material/edit:", key="write_go")
    if asked:
        with shell.guard(), st.spinner("It writes"):
            store, spec = shell.store(), shell.dataset(run.dataset).spec
            how = {"count": int(count), "temperature": float(temperature), "seed": int(seed)}
            text = write_on(store, run, spec, prompt, actor=privacy.viewer(run), deadline_s=DEADLINE_S, **how)
            st.session_state[_WRITTEN] = (run.id, prompt, text)
    written = st.session_state.get(_WRITTEN)
    if written and written[0] == run.id:
        st.code(f"{written[1]}\u2503{written[2]}", language=None, wrap_lines=True)
        st.caption(f"After the bar: {words.plain(f'{len(written[2]):,}')} characters of its own.")


_COMPARED = "Surprise of this network and of methods that count"
_PROMPT = "What it goes on from. Empty: it begins anew. Of a long one only the end counts."
_COUNT = "How much it writes. Few: a line. Many: it may lose the thread."
_TEMPERATURE = "How bold it draws. Low: the likeliest, it repeats itself. High: varied, with more mistakes."
