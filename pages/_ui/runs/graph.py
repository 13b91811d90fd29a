"""A run's network as a graph, if it is a small one of dense layers: as it learns, or at its saved moments."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.config import Config
from core.datasets import Prepared
from core.errors import ArtifactError, DatasetError
from core.families import config_of, find_family
from core.figures.network.dense import Examples, Layer, dense_layers, few_examples, film
from core.runs.visible import examples_seen, live_weights_seen, weights_seen
from core.steering.record import Edit
from core.steering.start import saved_steps
from core.store import Run
from pages._ui.components.graph.graph import graph, is_visible, moments
from pages._ui.inside.links import has_inside, has_step, open_step
from pages._ui.probe.answer_cache import kept_unless_empty
from pages._ui.shell import privacy, shell

LIVE = "graph"  # Streamlit's key of the graph that learns


@st.cache_data(max_entries=50, show_spinner=False)
def layers_of(run_id: str) -> list[Layer] | None:
    """Return the layers of a run's network as a browser computes them; None if it cannot, or must not."""
    run = shell.store().runs.get(run_id)
    family, spec = find_family(str(run.family)), shell.dataset(run.dataset).spec
    return dense_layers(family.networks(config_of(run), spec))


def is_graph(run: Run) -> bool:
    """Return whether this visitor is shown a run's network as a graph."""
    return privacy.sees_run(run) and layers_of(run.id) is not None


def draw_graph(
    run: Run,
    *,
    key: str = LIVE,
    first: Callable[[], np.ndarray | None] = lambda: None,
    step: int | None = None,
    edited: Collection[str] = (),
    on_choose: Callable[[str], None] | None = None,
    on_moment: Callable[[int], None] | None = None,
    on_branch: Callable[[int, tuple[Edit, ...]], None] | None = None,
) -> None:
    """Draw a run's network; call it only if `is_graph`.

    Args:
        run: The run.
        key: Streamlit's key.
        first: The weights that it begins with, if they are known before it has saved them.
        step: The moment to look at once it has ended.
        edited, on_choose, on_moment, on_branch: As of `graph`.
    """
    is_live = not run.status.is_final
    leads_on = has_inside(run) and has_step(run)
    frames = _film(run.id, run.generation, _saved(run), privacy.sight(run))
    if not frames and is_live and (weights := first()) is not None:
        frames = {0: weights}
    if not frames and not is_live:
        st.caption("No moment of this network is saved.")
        return
    graph(
        layers_of(run.id) or [],
        shell.dataset(run.dataset).spec,
        frames,
        key=key,
        identity=_identity(run),
        examples=examples_of(run),
        is_live=is_live,
        step=step,
        steps=saved_steps(shell.store(), run) if on_branch else (),
        edited=edited,
        on_choose=on_choose,
        on_moment=on_moment,
        on_branch=on_branch,
        on_gradient=partial(open_step, run) if leads_on else None,
    )


def send_moments(run: Run) -> None:
    """Send the newest moment of a run that trains to its graph; call it only if `is_graph`."""
    files, saved, sight = shell.store().files(run.id), _saved(run)[-1:], privacy.sight(run)
    files.watch()
    if not is_visible(LIVE):
        return
    live = _live(run.id, run.generation, files.frame_stamp(), sight)
    is_newest = live is not None and live[0] > max(saved, default=-1)
    frames = {live[0]: live[1]} if live and is_newest else _film(run.id, run.generation, saved, sight)
    moments(frames, key="moments", identity=_identity(run))


def _identity(run: Run) -> str:
    return f"{run.id} {run.generation}"


def _saved(run: Run) -> tuple[int, ...]:
    return tuple(snapshot.step for snapshot in shell.store().metrics.snapshots(run.id))


@kept_unless_empty(20)
def _film(run_id: str, generation: int, saved: tuple[int, ...], sight: str) -> dict[int, np.ndarray]:
    store, found = shell.store(), {}
    run = store.runs.get(run_id)
    try:
        last = {step: weights_seen(store, run, step, sight) for step in saved[-1:]}
        for step in film(saved, max((one.size for one in last.values()), default=1)):
            found[step] = last[step] if step in last else weights_seen(store, run, step, sight)
    except ArtifactError:  # a resume has taken it back since the list was read
        pass
    return found


@kept_unless_empty(10)
def _live(run_id: str, generation: int, stamp: int, sight: str) -> tuple[int, np.ndarray] | None:
    store = shell.store()
    try:
        return live_weights_seen(store, store.runs.get(run_id), sight) if stamp else None
    except ArtifactError:  # it has just ended
        return None


def examples_of(run: Run) -> Examples | None:
    """Return the examples that are drawn with a run's network; None if the data is not here."""
    store, config = shell.store(), config_of(run)
    try:
        data = examples_seen(store, run, privacy.viewer(run))
    except DatasetError:
        return None
    return some_examples(run.dataset, config, data)


def some_examples(dataset: str, config: Config, data: Prepared) -> Examples:
    """Return the examples that are drawn with a network of these settings."""
    return _examples(f"{dataset} {data.version} {config}", config, data)


@st.cache_data(max_entries=50, show_spinner=False)
def _examples(key: str, _config: Any, _data: Prepared) -> Examples:
    return few_examples(_config, _data)
