"""Noise for a generator, and the examples that it makes for the network that judges them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.families import config_of, find_family
from core.store import Run
from pages._ui.inside.given.given import Given
from pages._ui.probe.answer_cache import answers
from pages._ui.probe.queries import ask_snapshot
from pages._ui.shell import privacy, shell

PATIENCE_S, DEADLINE_S = 1.5, 6.0
SEEDS = 9999


def draw_noise(run: Run) -> Given:
    """Draw the choice of a generator's noise, and its class if it has some; return it, float32 (n,)."""
    noise = find_family(str(run.family)).inspection.noise
    if noise is None:
        return Given()
    config, spec = config_of(run), shell.dataset(run.dataset).spec
    seed = st.number_input(
        "Noise", 0, SEEDS, key=f"inside_noise_{run.id}", help="Each number is other random noise, and other output."
    )
    label = None
    if noise.classes(config, spec):
        names = spec.classes
        label = st.selectbox("Class", range(len(names)), format_func=names.__getitem__, key=f"inside_asked_{run.id}")
    return Given(noise.draw(config, spec, int(seed), label), truth=label)


def made_example(run: Run, step: int) -> Given:
    """Draw the choice of noise, and return what the run's generator makes of it; nothing if that is not there yet."""
    given = draw_noise(run)
    noise = given.example
    if noise is None:
        return given
    store, me = shell.store(), privacy.viewer(run)
    part = find_family(str(run.family)).networks(config_of(run), shell.dataset(run.dataset).spec)[0].id

    def question() -> np.ndarray:
        made = ask_snapshot(store, run, step, "samples", noise[None], actor=me, part=part, deadline_s=DEADLINE_S)
        example: np.ndarray = next(iter(made.values()))[0]
        return example

    key = f"made {run.id}/{run.generation} {step} {noise.tobytes().hex()}"
    made: np.ndarray | None = answers().get(key, question, patience_s=PATIENCE_S)
    if made is None:
        st.caption("It is being generated.")
    return replace(given, example=made)
