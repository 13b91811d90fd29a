"""Draw what a network sees or makes at a saved snapshot, and its sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from core.datasets.features import Vector
from core.datasets.prepared import is_prepared
from core.errors import ArtifactError
from core.families import Family, find_family
from core.figures.pictures import Picture, grey_picture
from core.runs.visible import open_seen, snapshot_seen, views_seen
from core.store import Run
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.shell import owner, privacy, shell, words


def draw_snapshot(run: Run) -> None:
    """Draw what a run's network sees or makes at the newest snapshot or, after its end, at a chosen one."""
    saved = shell.store().metrics.snapshots(run.id)
    family = find_family(str(run.family))
    st.subheader("What it sees" if family.inspection.is_at_sample else "What it makes")
    if not saved:
        st.caption("The first snapshot comes with step 0.")
        if not run.status.is_final:
            st.skeleton(height=420)
        return
    steps, noun = [snapshot.step for snapshot in saved], shell.dataset(run.dataset).spec.features.noun
    step = steps[-1]
    sight = privacy.sight(run.dataset)
    with st.container(key="snapshot"):
        if run.status.is_final and len(steps) > 1:
            key = f"snapshot_{run.id}_{run.generation}"
            step = st.select_slider("Snapshot (step)", steps, value=step, key=key)
        chosen = next(snapshot for snapshot in saved if snapshot.step == step)
        looking = f", on {'this' if sight else 'a'} training {noun}" if family.inspection.is_at_sample else ""
        st.caption(f"After step {step:,}, {words.duration(chosen.wall_s)} of training{looking}.")
    drawn = partial(_drawn, run.id, run.generation, step, family.id, run.dataset, sight)
    draw_views(family, run.dataset, drawn, str(step))
    if not sight:
        at_sample, made = (
            f"The {noun}s, and what it sees in them, are",
            "What it makes could repeat its training examples; it is",
        )
        privacy.say(at_sample if family.inspection.is_at_sample else made)


def draw_views(family: Family, dataset: str, drawn: Callable[[str], list[Picture]], snapshot: str) -> None:
    """Draw the sample and every view of the family that this visitor may see.

    Args:
        family: Family of the network.
        dataset: Id of the sample's data set.
        drawn: View id -> its pictures.
        snapshot: Name of the snapshot, for tests.
    """
    if family.inspection.is_at_sample and has_sample(dataset) and privacy.sees(dataset):
        draw_sample(dataset)
    for view_id, view in views_seen(shell.store().settings, family, dataset, owner.actor()).items():
        shown = drawn(view_id)
        if not shown and not view.missing:
            continue
        st.markdown(f"**{view.title}.** {view.sentence if shown else view.missing}")
        pictures(shown, key=f"look_{view_id}", snapshot=snapshot, width=view.width)


def draw_sample(dataset: str) -> None:
    """Draw the sample, the training example shared by all runs of a data set: an image or named numbers."""
    features = shell.dataset(dataset).spec.features
    if isinstance(features, Vector):
        numbers = zip(features.names, _sample(dataset).tolist(), strict=True)
        st.caption("The sample: " + ", ".join(f"{words.plain(name)} **{value:.4g}**" for name, value in numbers))
    else:
        pictures([grey_picture(_sample(dataset), "the sample image", "The sample image")], key="look_sample", width=112)


def has_sample(dataset: str) -> bool:
    """Return whether the data is prepared."""
    return is_prepared(shell.store().settings, dataset)


def _sample(dataset: str) -> np.ndarray:
    """Return the sample: the first training example, such as uint8 (h, w, c)."""
    return np.array(open_seen(shell.store().settings, dataset, owner.actor()).x_train[0])


@kept_unless_empty(300)
def _drawn(
    run_id: str, generation: int, step: int, family_id: str, dataset: str, sight: str, view_id: str
) -> list[Picture]:
    store, view = shell.store(), find_family(family_id).views[view_id]
    try:
        arrays = snapshot_seen(store, store.runs.get(run_id), step, view, sight)
    except ArtifactError:  # a resume has deleted it since the list was read
        return []
    return view.draw(arrays, shell.dataset(dataset).spec)
