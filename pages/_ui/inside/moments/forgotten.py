"""The test examples that a network forgot most often in its training: they are often mislabelled."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from core.analysis.classifier.forgetting import Forgetting, forgetting
from core.datasets.prepared import is_prepared
from core.figures.names import BELOW
from core.names import shortened
from core.runs.examples.moments import Moments, ask_moments, count_asked, moments_of
from core.runs.visible import examples_seen
from core.store import Run
from pages._ui.inside.files import offer
from pages._ui.inside.given import open_test
from pages._ui.inside.images.wall import draw_wall
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell, words
from pages._ui.studio.untrained import follow_answer

MOST = 24
_done: dict[str, float] = {}  # share that is asked, by the run


def draw_forgotten(inside: Inside) -> None:
    """Draw what was forgotten; ask for it once, if somebody wants to know."""
    run = inside.run
    noun = f"{inside.dataset.spec.features.noun}s"
    st.subheader(f"Forgotten {noun}", anchor=False)
    if not inside.sees:
        privacy.say(f"The {noun} are")
    elif not is_prepared(shell.store().settings, run.dataset):
        st.caption(f"The {noun} are not on this server.")
    elif not run.status.is_final:
        st.caption(f"When the run has ended, its answers to test {noun} at all saved moments can be compared here.")
    elif len(inside.steps) < 2:
        st.caption("The run has saved one moment only, so nothing is known of others.")
    elif (kept := moments_of(shell.store(), run)) is not None:
        _draw(inside, kept)
    else:
        _offer(inside, noun)


def _offer(inside: Inside, noun: str) -> None:
    """Offer to ask, and show how far it is."""
    run, asked = inside.run, f"_moments_asked_{inside.run.id}_{inside.run.generation}"
    if not st.session_state.get(asked):
        count = count_asked(run, examples_seen(shell.store(), run, privacy.viewer(run)), len(inside.steps))
        st.caption(
            f"Which test {noun} were right once and wrong later? Often these are mislabelled. The network is asked "
            f"about {count:,} {noun} at {len(inside.steps)} saved moments, once; the answers are kept."
        )
        if st.button("Find them", icon=":material/manage_search:", key="moments_find"):
            st.session_state[asked] = True
            st.rerun()
        return
    store, viewer = shell.store(), privacy.viewer(run)

    def question() -> Moments:
        _done[run.id] = 0.0
        try:
            return ask_moments(store, run, viewer, partial(_done.__setitem__, run.id))
        finally:
            _done.pop(run.id, None)

    follow_answer(
        f"_moments_{run.id}",
        f"moments {run.id}/{run.generation} {inside.steps}",
        question,
        partial(_draw, inside),
        lambda: None,
        run.dataset,
        run=run,
        say=partial(_progress, run, noun),
    )


def _progress(run: Run, noun: str) -> None:
    share = _done.get(run.id, 0.0)
    st.progress(share, f"Asking about test {noun} at all moments, {100 * share:.0f} %")


def _draw(inside: Inside, moments: Moments) -> None:
    found = forgetting(moments.is_right)
    st.markdown(_told(inside, moments, found))
    places = found.most(MOST)
    if not len(places):
        return
    classes = [shortened(name, BELOW) for name in inside.dataset.spec.classes]
    texts = [
        f"forgot {found.events[place]}×\nis {classes[moments.truth[place]]}, said {classes[moments.said[-1, place]]}"
        for place in places
    ]
    rows = [int(row) for row in moments.ids[places]]
    draw_wall(inside, rows, texts, key="moments_forgotten", on_pick=lambda place: open_test(inside.run, rows[place]))
    st.caption("Choose one: its biography stands above. Look whether its label is right.")
    columns = {
        "row": moments.ids,
        "true": moments.truth,
        "forgotten": found.events,
        "said_at_the_end": moments.said[-1],
    }
    offer(inside, "forgotten", table=partial(pd.DataFrame, columns), key="forgotten")


def _told(inside: Inside, moments: Moments, found: Forgetting) -> str:
    """Return how many were never forgotten, forgotten, and never learned, in Markdown."""
    total, noun = len(moments.ids), f"{inside.dataset.spec.features.noun}s"
    size = inside.dataset.spec.test_size
    of = f"{total:,} test {noun}" if total == size else f"{total:,} of {size:,} test {noun}, evenly spread"
    forgotten, never = int((found.events > 0).sum()), int(found.never.sum())
    return (
        f"Of {of}, **{total - forgotten - never:,}** were learned and never forgotten, **{forgotten:,}** were right at "
        f"one saved moment and wrong at the next, **{never:,}** were never right "
        f"({words.percent(float(found.is_right.mean()))} are right at the end)."
    )
