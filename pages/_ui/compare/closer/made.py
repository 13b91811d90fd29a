"""What several generators make of the same noise, and their measured quality over the time of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.errors import GlassboxError
from core.families import find_family
from core.figures.colours import RUNS
from core.figures.gan.quality import draw_over_time
from core.figures.gan.samples import draw_plane, draw_samples
from core.runs.comparison import Comparison, letter
from core.runs.gan_quality import read_quality
from core.runs.samples import Request, generate, noise_apart
from core.store import Run
from pages._ui.compare.chosen import name_of
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import answers
from pages._ui.shell import owner, privacy, shell, words

COUNT = {True: 64, False: 400}  # examples of each, by whether they are images
A_ROW = 3  # generators beside each other
PATIENCE_S, LOOK_AGAIN_S = 0.4, 0.5
_DONE = "_made_shown"  # session key of what has been drawn in full
SHOWN = {"frechet": "Fréchet distance: lower is better", "precision": "Precision", "recall": "Recall"}


def generators(found: Comparison) -> list[int]:
    """Return the places of the runs that make examples."""
    return [place for place, run in enumerate(found.runs) if find_family(str(run.family)).makes_examples]


def made_side_by_side(found: Comparison) -> None:
    """Draw what each generator makes of the same noise."""
    places = generators(found)
    seed = st.number_input(
        "Seed of the noise", 0, 2**31 - 1, 0, key="made_seed", width=180, help="Another seed makes other examples."
    )
    st.caption(
        noise_apart([found.runs[place] for place in places]) or "Each gets the same noise, at its last snapshot."
    )
    asked = (tuple(found.runs[place].id for place in places), int(seed))
    is_done = st.session_state.get(_DONE) == asked

    def body() -> None:
        is_there = _draw_made(found, places, int(seed))
        if is_there and not is_done:
            st.session_state[_DONE] = asked
            st.rerun()

    st.fragment(body, run_every=None if is_done else LOOK_AGAIN_S, key="made")()


def _draw_made(found: Comparison, places: Sequence[int], seed: int) -> bool:
    """Draw what is known of each; return whether nothing more is to come."""
    is_there = True
    columns = [column for _ in range(0, len(places), A_ROW) for column in st.columns(A_ROW)]
    for column, place in zip(columns, places, strict=False):
        run = found.runs[place]
        with column:
            st.markdown(f"**{letter(place)}** {name_of(run)}")
            if not privacy.sees(run.dataset):
                privacy.say("Its output could repeat training examples, so it is")
                continue
            try:
                is_there &= _one(run, letter(place), seed)
            except GlassboxError as error:
                st.caption(shell.told(error))
    return is_there


def _one(run: Run, name: str, seed: int) -> bool:
    """Draw what one generator makes, or a placeholder; return whether it is known."""
    spec, store, actor = shell.dataset(run.dataset).spec, shell.store(), owner.actor()
    request = Request(COUNT[spec.is_image], seed)

    def question() -> np.ndarray:
        return generate(store, run, request, actor=actor).examples

    key = f"made {run.id}/{run.generation}/{len(store.metrics.snapshots(run.id))} {request}"
    examples = answers().get(key, question, patience_s=PATIENCE_S)
    if examples is None:
        st.skeleton(height=240)
    elif spec.is_image:
        pictures(draw_samples({"samples/images": examples}, spec), key=f"made_{name}")
    else:
        pictures(draw_plane({"plane/fake": examples}, spec), key=f"made_{name}", width=300)
    return examples is not None


def quality_side_by_side(found: Comparison) -> None:
    """Draw the measured quality of each generator over its seconds of training."""
    store = shell.store()
    reports = {place: read_quality(store, found.runs[place]) for place in generators(found)}
    known = {place: report for place, report in reports.items() if report is not None}
    lacking = [letter(place) for place in reports if place not in known]
    if not known:
        st.caption("None of them has been measured yet: open a run's results and press Evaluate.")
        return
    if len({report.judge for report in known.values()}) > 1:
        st.warning(
            "Different classifiers measured them, so their numbers cannot be compared.", icon=":material/warning:"
        )
    seconds = [{one.step: one.wall_s for one in store.metrics.snapshots(found.runs[at].id)} for at in known]
    names, colours = [letter(place) for place in known], [RUNS[place] for place in known]
    for column, (what, title) in zip(st.columns(len(SHOWN)), SHOWN.items(), strict=True):
        with column:
            st.markdown(f"**{title}**")
            figure = draw_over_time(list(known.values()), seconds, names, colours, what)
            chart(figure, key=f"quality_{what}", alt=f"{title} over seconds of training of {', '.join(names)}")
    if lacking:
        st.caption(f"Not measured yet: {words.plain(', '.join(lacking))}.")
