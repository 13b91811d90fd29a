"""One step of training with every number: forward, backward, update."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.families import config_of, find_family
from core.runs.one_step import left_out, other_loss, saved_averages
from pages._ui.components.backprop.backprop import Walked, backprop, walked_in
from pages._ui.inside.step.asked import Asked, choose_units, draw_question, has_data, unit_names
from pages._ui.inside.step.locks import draw_locks, locks_of
from pages._ui.inside.subject import Inside
from pages._ui.shell import privacy, shell

HEIGHT = 560
DEADLINE_S = 20.0

_STYLE = """<style>.st-key-step_controls { row-gap: 0.25rem; margin-bottom: -0.5rem; }
@media (max-width: 640px) { .st-key-step_controls > div { flex: 1 1 130px; } }</style>"""


def draw_step(inside: Inside) -> None:
    """Draw the network with the arithmetic of one step for the example."""
    if not inside.sees:
        privacy.say("The weights and gradients of its steps are")
        return
    st.html(_STYLE)
    if inside.example is None:
        st.info("Give the network an example on the left: one step of its training with it appears here.")
        return
    asked = draw_question(inside, inside.example)
    key = f"step_graph_{inside.run.id}"
    walked = walked_in(key, asked.mark(inside))
    inside.follow(
        "one_step",
        partial(_look, inside, asked, walked, inside.asker(DEADLINE_S), privacy.viewer(inside.run)),
        partial(_show, inside, asked, key),
        given=(asked.mark(inside), walked.taken, walked.by),
        height=HEIGHT,
        is_private=has_data(inside),
    )
    draw_locks(inside)


def _look(inside: Inside, asked: Asked, walked: Walked, ask: Any, viewer: Any) -> dict[str, Any]:
    """Ask the probe, in another thread."""
    store, own = shell.store(), asked.optimizers[0]
    averages, made = saved_averages(store, inside.run, inside.step, own, viewer)
    text = asked.to_text(averages=list(averages), update=made + 1, by=walked.by, taken=walked.taken)
    saved = np.stack(list(averages.values())) if averages else np.zeros((0, 0))
    arrays = dict(ask("one_step", asked.examples, wanted=asked.wanted, asked=text, averages=saved))
    about = json.loads(arrays.pop("about").tobytes())
    return {"about": about, "arrays": arrays, "mark": asked.mark(inside), **vars(walked)}


def _show(inside: Inside, asked: Asked, key: str, answer: dict[str, Any]) -> None:
    about, columns = answer["about"], answer["about"]["columns"]
    names = [unit_names(inside, columns, c, column["units"]) for c, column in enumerate(columns)]
    rules = [{"title": one.title, "isOwn": one.is_own, "isFirst": inside.step == 0} for one in asked.optimizers]
    about = {**about, "rules": [{**rule, **told} for rule, told in zip(about["rules"], rules, strict=False)]}
    noun = inside.dataset.spec.features.noun
    examples = [f"this {noun}", *(f"training {noun} {k}" for k in range(1, len(answer["arrays"]["losses"])))]
    told = {"names": names, "examples": examples, "words": _words(inside, about), "locks": locks_of(inside)}
    backprop({**answer, "about": about}, told, key=key)
    choose_units(inside, columns)


def _words(inside: Inside, about: dict[str, Any]) -> str:
    """Return what has to be said about this network besides its numbers."""
    spec, config = inside.dataset.spec, config_of(inside.run)
    kinds = {one.keras_class for one in find_family(str(inside.run.family)).layers(config, spec)}
    said = [f"All {about['weights']:,} weights change in a step."]
    if missing := left_out(config):
        said.append(f"{missing}, with which this run trains, steps whole matrices at once and is not written out here.")
    if other := other_loss(config, spec):
        usual = "the cross-entropy" if spec.classes else "the squared error"
        said.append(f"This run makes another loss small, {other.lower()}: the step here goes down {usual}.")
    if "Dropout" in kinds:
        said.append("Dropout is off here.")
    if "BatchNormalization" in kinds:
        said.append("Batch normalisation uses its moving averages.")
    if kinds & {"Dropout", "BatchNormalization"}:
        said.append("In training, chance or the batch changes these numbers.")
    return " ".join(said)
