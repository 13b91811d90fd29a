"""The results of a network that says the next character: its surprise, beside counting, and what it writes."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from core.runs.comparison.baselines import NAMES
from core.store import Run
from pages._ui.results.run_facts import cost, say_why_empty
from pages._ui.runs.curves import draw_all_curves
from pages._ui.shell import privacy, shell
from pages._ui.writing.surprise import draw_surprise
from pages._ui.writing.write_on import draw_write_on

COUNTING = ("uniform", "1gram", "3gram", "5gram")


def results(run: Run) -> None:
    """Show how surprised a network is at unseen text, and let it write on from a prompt."""
    if run.summary.get("test_nats_last") is None or not run.status.is_final:
        say_why_empty(run, "The surprise at unseen text, and what it writes,")
        return
    _headline(run)
    draw_all_curves(run)
    if not shell.store().metrics.snapshots(run.id):
        return
    st.subheader("Write on")
    if not privacy.sees_run(run):
        privacy.say("What it writes, and what surprises it, is")
        return
    st.fragment(draw_write_on)(run)
    st.subheader("What surprises it")
    st.fragment(draw_surprise)(run)


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
