"""Move a sample along the directions of the noise that a generator's first layer makes most of."""

from __future__ import annotations

import numpy as np
import streamlit as st

from core.analysis.gan.latent import strongest_directions
from core.families.gan.config import GanConfig
from core.runs.samples import first_kernel
from core.store import Run
from pages._ui.components.latent.latent import moved, sliders
from pages._ui.gan.snapshot import GanSnapshot
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.shell import shell

SLIDERS = 5
OTHERS = 5  # samples that are moved alike
GAUSSIAN, UNIFORM = 6.0, 2.0  # how far; longer than the noise itself would be no sample any more


def sliders_of(snapshot: GanSnapshot, index: int) -> None:
    """Show the sliders and what becomes of a sample."""
    st.fragment(_moving, key="explore_moving")(snapshot, index)


def _moving(snapshot: GanSnapshot, index: int) -> None:
    with shell.guard():
        run = snapshot.run
        directions = _directions(run.id, run.generation, snapshot.step)
        if directions is None:
            st.info("Sliders need a generator with a dense layer for its noise; this one has none.")
            return
        most = GAUSSIAN if snapshot.config.noise == "gaussian" else UNIFORM
        number, places = moved("explore_sliders", len(directions), most)
        rows = [(index + other) % len(snapshot.noise) for other in range(1 + OTHERS)]
        noise = move(snapshot.noise[rows], directions, places, snapshot.config)
        images = snapshot.asker()("generator", "samples", noise)["samples/images"]
        labels = [f"Direction {1 + rank}" + (", the strongest" if not rank else "") for rank in range(len(directions))]
        alt = f"{snapshot.name(index)} as moved by the sliders, and {OTHERS} others moved alike"
        sliders(images, labels, key="explore_sliders", seen=number, most=most, alt=alt)
        st.caption(
            "Found without any labels: the directions of the noise to which the generator's first layer responds most "
            "(SeFa, Shen and Zhou 2021). Move one to see what it changes. Small: other samples, moved alike."
        )


def move(noise: np.ndarray, directions: np.ndarray, places: np.ndarray, config: GanConfig) -> np.ndarray:
    """Move noise, float32 (n, latent and classes), by `places` (k,) along `directions` (k, latent); classes stay."""
    there = noise.copy()
    there[:, : config.latent] += places @ directions
    if config.noise == "uniform":
        there[:, : config.latent] = there[:, : config.latent].clip(-1, 1)
    return there


@kept_unless_empty(20)
def _directions(run_id: str, generation: int, step: int) -> np.ndarray | None:
    run: Run = shell.store().runs.get(run_id)
    config = GanConfig.from_dict(run.config)
    kernel = first_kernel(shell.store(), run, step)
    return None if kernel is None else strongest_directions(kernel[: config.latent], SLIDERS)
