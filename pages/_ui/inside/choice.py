"""Which network to open, when the link names none."""

from __future__ import annotations

import streamlit as st

from core.families import find_family
from core.runs.demo_run import ensure_demo_run
from core.store import Run
from pages._ui.bench.link import bench_link, neuron_link
from pages._ui.elsewhere.link import bring_link
from pages._ui.inside.links import has_inside, link_inside
from pages._ui.shell import owner, shell, words

LOOKED_AT, MOST = 40, 8  # newest runs, and how many of them are offered


def choose_run() -> None:
    """Offer the visitor's newest networks and the demo network."""
    st.title("Inside")
    st.markdown(
        "Open a trained network: draw or choose an example, see what every layer makes of it, and follow one value "
        "down to its arithmetic."
    )
    shell.say()
    with shell.guard():
        mine, demo = _mine(), ensure_demo_run(shell.store())
        st.subheader("Your networks")
        if not mine:
            st.caption("Networks that you train are offered here.")
        for run in mine:
            _offer(run)
        if demo.id not in [run.id for run in mine]:
            st.subheader("The demo network")
            if has_inside(demo):
                _offer(demo)
            else:
                st.caption("It has not begun to learn yet.")
        st.subheader("More")
        with st.container(horizontal=True, key="inside_more"):
            bring_link()
            bench_link("A convolution alone")
            neuron_link("One neuron alone")


def _mine() -> list[Run]:
    runs = shell.store().runs.list(owners=[owner.actor()], limit=LOOKED_AT)
    return [run for run in runs if has_inside(run)][:MOST]


def _offer(run: Run) -> None:
    family = find_family(str(run.family))
    result = family.result(run.summary)
    value = run.summary.get(result.key)
    facts = [family.title, words.plain(shell.data_title(run.dataset)), words.ago(run.created)]
    facts += [] if value is None else [f"{result.title.lower()} {result.say(value)}"]
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"inside_of_{run.id}"):
        st.markdown(f"**{words.name(run.name)}**  \n:gray[{' · '.join(facts)}]", width="stretch")
        link_inside(run, "Open it")
