"""The view Memory: what every unit of a layer says along a sequence, and which unit follows what."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.analysis.tracking import TRACKED, auc
from core.figures.pictures import colour, to_png
from core.names import MINUS
from pages._ui.components.memory.states import states
from pages._ui.inside.files import offer
from pages._ui.inside.links import choose_linked
from pages._ui.inside.memory.sequence import (
    TITLES,
    Sequence,
    choose_layer,
    chosen_place,
    chosen_unit,
    keep_chosen,
    layers_of,
    sequence_of,
)
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, words

HEIGHT, MOST_UNITS = 480, 8
DEADLINE_S = 60.0
WORTH = 0.25  # a score below which a unit follows nothing worth saying


def draw_memory(inside: Inside) -> None:
    """Draw the sequence with the states of a layer, and the units that follow something."""
    sequence = sequence_of(inside)
    if sequence is None:
        return
    layers = layers_of(inside)
    if not layers:
        privacy.say("An embedding has weights, which may resemble what they learned from, so what it says is")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_controls"):
        layer, part = choose_layer(inside, layers)
    question = partial(inside.asker(), "states", sequence.given, layer=layer, what=part, text=sequence.text)
    if not inside.follow(
        "states",
        question,
        partial(_show, inside, sequence, layer, part),
        given=(layer, part),
        height=HEIGHT,
        is_private=False,
    ):
        return
    _draw_tracks(inside, layer, part)


def _show(inside: Inside, sequence: Sequence, layer: str, part: str, found: Arrays) -> None:
    values = found["values"]
    if len(values) != sequence.steps:  # the answer before this one, about another sequence
        return
    unit, place = chosen_unit(inside, values.shape[1]), chosen_place(inside, sequence)
    states(
        values,
        sequence.pieces,
        sequence.numbers,
        key=f"memory_states_{inside.run.id}",
        start=sequence.start,
        title=f"{TITLES[part]} of {layer.replace('/', ', ')}",
        chosen=(unit, place),
        on_pick=keep_chosen,
    )
    limit = float(np.abs(values).max()) or 1.0
    offer(
        inside,
        f"{layer.replace('/', '-')}-{part}",
        png=lambda: to_png(colour(values.T, "diverging", -limit, limit)),
        numbers={"values": values},
        table=partial(_table, sequence, values),
        key="memory_states",
        of_example=True,
    )


def _table(sequence: Sequence, values: np.ndarray) -> pd.DataFrame:
    steps = {"step": np.arange(len(values)), **({"text": sequence.pieces} if sequence.pieces else {})}
    return pd.DataFrame({**steps, **{f"unit_{unit + 1}": column for unit, column in enumerate(values.T)}})


def _draw_tracks(inside: Inside, layer: str, part: str) -> None:
    """Draw which units follow something best, on test sequences."""
    st.markdown("**Which units follow something?**")
    if not inside.sees:
        privacy.say("What units follow in its test sequences is")
        return
    if not has_sample(inside.run.dataset):
        st.caption("That is measured where the data is: it is not on this server.")
        return
    ask, given = inside.asker(DEADLINE_S), np.zeros(inside.network.input_shape, inside.network.dtype)
    question = partial(ask, "tracks", given, layer=layer, what=part)
    inside.follow("tracks", question, partial(_show_tracks, inside), given=(layer, part), height=120)


def _show_tracks(inside: Inside, found: Arrays) -> None:
    names = json.loads(found["names"].tobytes())
    best = {name: _strongest(found["found"][at]) for at, name in enumerate(names)}
    known = [name for name in names if len(best[name])]
    if not known:
        st.caption("Nothing that could be followed changes in the test sequences.")
        return
    strength = {name: abs(float(found["found"][names.index(name)][best[name][0]])) for name in known}
    known.sort(key=lambda name: -strength[name])
    name = choose_linked(
        "inside_tracked",
        "What",
        known,
        known[0],
        says=lambda one: TRACKED.get(one, one),
        run=inside.run,
        width=240,
        help="What could be followed, from what some unit follows best. Click a unit below to colour the text by it.",
    )
    at = names.index(name)
    measured, is_bool = found["measured"][at], bool(found["is_bool"][at])
    with st.container(horizontal=True, gap="small", key="memory_tracks"):
        for unit in best[name]:
            st.button(
                f"Unit {unit + 1}: {_said(float(measured[unit]), is_bool)}",
                key=f"memory_unit_{unit}",
                on_click=keep_chosen,
                args=(int(unit),),
            )
    st.caption(_sentence(float(measured[best[name][0]]), is_bool, TRACKED.get(name, name), int(found["steps"])))
    offer(inside, f"units-{name}", table=partial(_scores, found, names), key="memory_tracks")


def _strongest(scores: np.ndarray) -> np.ndarray:
    known = np.flatnonzero(np.isfinite(scores))
    return known[np.argsort(-np.abs(scores[known]), kind="stable")][:MOST_UNITS]


def _said(score: float, is_bool: bool) -> str:
    if not np.isfinite(score):
        return "not measured"
    way = "" if score >= 0 else ", falls"
    return f"AUC {auc(score):.2f}{way}" if is_bool else f"r = {score:z.2f}".replace("-", MINUS)


def _sentence(score: float, is_bool: bool, name: str, steps: int) -> str:
    how = (
        "AUC: the chance that the unit tells a step where it is so from one where it is not; 0.5 is chance."
        if is_bool
        else "r: the correlation; 0 is none, 1 or -1 a straight line."
    )
    weak = (
        ""
        if abs(score) >= WORTH
        else f" No unit follows {words.plain(name.lower())} alone: it may be spread over many."
    )
    return f"{how} Found on one half of the test set, measured on {steps:,} steps of the other.{weak}"


def _scores(found: Arrays, names: list[str]) -> pd.DataFrame:
    columns = {f"{name}_{half}": found[half][at] for at, name in enumerate(names) for half in ("found", "measured")}
    return pd.DataFrame({"unit": np.arange(1, found["found"].shape[1] + 1), **columns})
