"""The view Time step: one step of a recurrent layer, each formula with the network's own numbers."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from core.layers.memory import BACKWARD, memories
from pages._ui.components.memory.step import step
from pages._ui.inside.files import offer
from pages._ui.inside.links import choose_linked
from pages._ui.inside.memory.peers import as_peer, choose_peers, kind_of, peers_of
from pages._ui.inside.memory.sequence import (
    LAYER,
    Sequence,
    chosen_place,
    chosen_unit,
    keep_chosen,
    sequence_of,
)
from pages._ui.inside.subject import Arrays, Inside
from pages._ui.runs.snapshots import has_sample
from pages._ui.shell import privacy, words

HEIGHT = 620


def draw_time_step(inside: Inside) -> None:
    """Draw the choice of a layer, a unit and a step, and what that unit does there."""
    sequence = sequence_of(inside)
    if sequence is None:
        return
    if not inside.sees:
        privacy.say("A step has weights one by one, which may resemble what they learned from, so it is")
        return
    kinds = memories(inside.network)
    with st.container(horizontal=True, vertical_alignment="bottom", key="memory_controls"):
        layer = _choose_layer(inside, list(kinds))
        unit = _choose_unit(inside, _units(inside, layer))
        if not sequence.pieces:
            _choose_place(inside, sequence)
    _draw(inside, sequence, layer, unit, is_first=True)
    for run in choose_peers(inside, peers_of(inside), key="memory_step_peers", most=2, help=_PEERS):
        st.markdown(f"**{words.name(kind_of(run, inside))}**, at its last saved moment")
        peer = as_peer(inside, run)
        other = next(iter(memories(peer.network)))
        _draw(peer, sequence, other, min(unit, _units(peer, other) - 1), is_first=False)


_PEERS = "The same step in other networks that learned from this data: such as a GRU and a simple RNN beside an LSTM."


def _choose_layer(inside: Inside, layers: list[str]) -> str:
    return choose_linked(
        LAYER,
        "Layer",
        layers,
        layers[0],
        says=lambda name: name.replace("/", ", "),
        run=inside.run,
        width=190,
        help="The recurrent layer whose step is written out.",
    )


def _units(inside: Inside, layer: str) -> int:
    name = layer.removesuffix(BACKWARD)
    return next(int(spec.kwargs["units"]) for spec in inside.network.specs if spec.name == name)


def _choose_unit(inside: Inside, units: int) -> int:
    unit = chosen_unit(inside, units)
    key = f"memory_step_unit_{inside.run.id}_{units}_{unit}"  # a unit chosen elsewhere is another one here
    chosen = st.number_input(
        "Unit", 1, units, unit + 1, key=key, width=120, help=f"One of {units}. The view Memory says which follow what."
    )
    keep_chosen(int(chosen) - 1)
    return int(chosen) - 1


def _choose_place(inside: Inside, sequence: Sequence) -> None:
    place = chosen_place(inside, sequence)
    key = f"memory_step_place_{inside.run.id}_{sequence.steps}_{place}"
    chosen = st.number_input(
        "Step", 1, sequence.steps, place + 1, key=key, width=120, help="Which step, from the first."
    )
    keep_chosen(chosen_unit(inside, 10**6), int(chosen) - 1)


def _draw(inside: Inside, sequence: Sequence, layer: str, unit: int, *, is_first: bool) -> None:
    place = chosen_place(inside, sequence)
    options = {"layer": layer, "unit": unit, "place": place, "text": sequence.text}
    inside.follow(
        "memory_step",
        partial(inside.asker(), "memory_step", sequence.given, **options),
        partial(_show, inside, sequence, layer, unit, place, is_first),
        given=(layer, unit, place),
        height=HEIGHT,
        is_private=has_sample(inside.run.dataset),  # an answer needs no data: only those who may see it come here
    )


def _show(inside: Inside, sequence: Sequence, layer: str, unit: int, place: int, is_first: bool, found: Arrays) -> None:
    kind = memories(inside.network)[layer]
    if f"value/{'cell' if kind == 'LSTM' else 'hidden'}" not in found:  # the answer before, about another layer
        return
    step(
        found,
        sequence.pieces if is_first else (),
        key=f"memory_step_{inside.run.id}",
        kind=kind,
        bends=_bends(inside, layer),
        inputs=_inputs(inside, len(found["x"])),
        unit=unit,
        place=place,
        start=sequence.start,
        said=_sentence(inside, sequence, layer, unit, place),
        on_pick=lambda picked: keep_chosen(unit, picked),
    )
    if is_first:
        name = f"{layer.replace('/', '-')}-unit-{unit + 1}-step-{place + 1}"
        table = partial(_table, found)
        offer(inside, name, numbers=found, table=table, key="memory_step")


def _sentence(inside: Inside, sequence: Sequence, layer: str, unit: int, place: int) -> str:
    where = sequence.said(place)
    before = f" after {sequence.said(place - 1)}" if sequence.pieces and place > sequence.start else ""
    way = (
        ". It reads backwards: the state before is that of the step after this one" if layer.endswith(BACKWARD) else ""
    )
    return f"Unit {unit + 1} of {layer.removesuffix(BACKWARD)} reads {where}{before}{way}."


def _bends(inside: Inside, layer: str) -> dict[str, str]:
    """Return the activation of each gate, as Keras has them unless the layer says otherwise."""
    name = layer.removesuffix(BACKWARD)
    spec = next(spec for spec in inside.network.specs if spec.name == name)
    own = str(spec.kwargs.get("activation", "tanh"))
    gates = dict.fromkeys(("forget", "input", "output", "update", "reset"), "sigmoid")
    return {**gates, **dict.fromkeys(("candidate", "hidden", "cell"), own)}


def _inputs(inside: Inside, count: int) -> list[str]:
    """Return the names of what comes into the first recurrent layer, where the data names them."""
    names = getattr(inside.dataset.spec.features, "columns", ())
    return [one.name for one in names] if len(names) == count else []


def _table(found: Arrays) -> pd.DataFrame:
    parts = {name: np.ravel(array) for name, array in found.items()}
    rows = [(name, place, value) for name, values in parts.items() for place, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["what", "place", "value"])
