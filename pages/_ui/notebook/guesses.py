"""How good a visitor's guesses before training were."""

from __future__ import annotations

import streamlit as st

from core.runs.notebook.guesses import Outcome, past_outcomes, scores
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

LATEST = 8  # listed


def draw_guesses() -> None:
    """Draw the record of the visitor's guesses, if they have made any."""
    found = past_outcomes(shell.store(), owner.actor())
    st.subheader("My guesses")
    if not found:
        st.caption("Guess a result beside Train before you train. How near you come is kept here.")
        return
    with st.container(horizontal=True, gap="large", key="guess_scores"):
        _metrics(found)
    for outcome in found[:LATEST]:
        run = outcome.run
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"guess_{outcome.guess.id}"):
            st.page_link(
                studio_page(run.family),
                label=f"**{words.name(run.name)}**",
                query_params={"run": run.id},
                width="content",
            )
            st.markdown(words.plain(outcome.sentence), width="stretch")
    if len(found) > LATEST:
        st.caption(f"The latest {LATEST} of {len(found):,} are listed.")


def _metrics(found: list[Outcome]) -> None:
    """Draw how many guesses there are, and how good those were that count."""
    open_ones = sum(one.is_open for one in found)
    st.metric(
        "Guesses", f"{len(found):,}", help=f"{open_ones:,} of them are open, as a run has not ended.", width="content"
    )
    for score in scores(found):
        st.metric(
            f"{score.kind.label}: off by",
            score.kind.apart(score.error),
            help=f"Mean distance from the truth, of {score.count:,} guesses whose run came to its end.",
            width="content",
        )
    duels = [one.is_right for one in found if one.is_right is not None]
    if duels:
        st.metric(
            "Who wins",
            f"{sum(duels)} of {len(duels)}",
            help="How often the run won that you expected to.",
            width="content",
        )
