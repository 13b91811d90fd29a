"""Show a network before it is trained: its answer, its feature maps and its augmented input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.config import Config
from core.datasets import Prepared, find_dataset
from core.datasets.access import check_may_view
from core.families import Family
from core.families.family import Preview, Section
from core.figures.network.dense import Examples, flat
from core.figures.network.frame import Frame, make_frame
from core.figures.pictures import Gallery, Shown
from core.jobs import ensure_prepared
from core.probe.client import Subject, ask
from core.runs.visible import open_seen
from core.settings import Settings
from core.store import Run, Status
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import answers
from pages._ui.runs.graph import some_examples
from pages._ui.runs.snapshots import columns_for, draw_views, has_sample
from pages._ui.shell import owner, privacy, shell

LOOK_AGAIN_S = 0.4  # between checks for a missing answer
PATIENCE_S = 0.03  # how long a page waits for an answer before it shows a placeholder
DEADLINE_S = 5.0  # of a query to the probe
GRAPH_HIGH = 420  # CSS pixels that a graph takes

Compute = Callable[[Any, Prepared], Mapping[str, np.ndarray]]


def untrained_key(family: Family, config: Config, dataset: str) -> str:
    """Return a cache key of everything that an untrained network's views depend on."""
    networks = family.networks(config, shell.dataset(dataset).spec)
    return f"{family.id} {dataset} {networks} {[getattr(config, name) for name in family.inspection.depends]}"


@dataclass(frozen=True)
class Look:
    """Networks at random weights: what they make of the sample, or of each other, and the pictures of each view."""

    frame: Frame
    pictures: Mapping[str, Sequence[Shown]]


def known_look(family: Family, config: Config, dataset: str) -> Frame | None:
    """Return what the networks of a run make before its first step, if that has been asked; show it to no stranger."""
    look: Look | None = answers().known(untrained_key(family, config, dataset))
    return look and look.frame


def known_weights(family: Family, config: Config, dataset: str) -> np.ndarray | None:
    """Return the first weights of a run's network, if they have been asked for; show them to no stranger."""
    found: np.ndarray | None = answers().known(_graph_key(family, config, dataset))
    return found


def _graph_key(family: Family, config: Config, dataset: str) -> str:
    return f"graph {untrained_key(family, config, dataset)}"


def draw_untrained(family: Family, config: Config, dataset: str, draw: Callable[[Frame | None], None]) -> None:
    """Show the network at random weights, looking at a sample.

    Args:
        family: Whose network.
        config: Its settings, which are possible.
        dataset: The data it is for.
        draw: Draws the networks with what they make; None if that is not known.
    """
    preparing = ensure_prepared(shell.store(), dataset)

    def show(look: Look) -> None:
        main, beside = columns_for(family, shell.dataset(dataset).spec)
        with main:
            draw(look.frame)
        if beside is not None:
            with beside:
                draw_views(family, dataset, look.pictures.__getitem__, "untrained", beside=True)
        draw_views(family, dataset, look.pictures.__getitem__, "untrained")

    def wait() -> None:
        with columns_for(family, shell.dataset(dataset).spec)[0]:
            draw(None)

    def say() -> None:
        st.caption(f":material/hourglass_empty: {_missing(preparing)}")
        st.skeleton(height=300)

    follow_answer(
        f"_{family.id}_untrained_{dataset}",
        untrained_key(family, config, dataset),
        partial(_look, shell.store().settings, family, config, dataset, owner.actor()),
        show,
        wait,
        dataset,
        say=say,
    )


def draw_untrained_graph(
    family: Family, config: Config, dataset: str, draw: Callable[[np.ndarray, Examples | None], None]
) -> None:
    """Show a small network of dense layers at random weights.

    Args:
        family, config, dataset: As of `draw_untrained`.
        draw: Draws it with all its weights and the examples it will learn from.
    """
    preparing = ensure_prepared(shell.store(), dataset)

    def show(weights: np.ndarray) -> None:
        data = open_seen(shell.store().settings, dataset, owner.actor())
        draw(weights, some_examples(dataset, config, data))

    def say() -> None:
        st.caption(f":material/hourglass_empty: {_missing(preparing)}")

    follow_answer(
        f"_{family.id}_untrained_graph_{dataset}",
        _graph_key(family, config, dataset),
        partial(_all_weights, shell.store().settings, family, config, dataset, owner.actor()),
        show,
        lambda: st.skeleton(height=GRAPH_HIGH),
        dataset,
        say=say,
    )


def draw_preview(family: Family, section: Section, config: Config, dataset: str) -> None:
    """Show what a section's settings do to the data, if the section has a preview.

    Args:
        family: Family of the section.
        section: The section.
        config: The settings.
        dataset: Id of the data set.
    """
    preview, memory = section.preview, f"{family.id}_preview_{section.id}"
    if preview is None or not (key := preview.key(config)):
        return
    if preview.compute is not None:
        _look_here(preview.compute, preview, config, dataset, memory)
        return
    follow_answer(
        f"_{memory}_{dataset}",
        f"{section.id} {dataset} {key}",
        partial(_preview, shell.store().settings, family, config, dataset, preview, owner.actor()),
        partial(_show, memory),
        _wait,
        dataset,
    )


def _look_here(compute: Compute, preview: Preview, config: Config, dataset: str, memory: str) -> None:
    """Show what is computed here, from the prepared data; wait for that if need be."""

    def again() -> None:
        if has_sample(dataset):
            st.rerun()
        _wait()

    with shell.guard():
        if has_sample(dataset):
            data = open_seen(shell.store().settings, dataset, owner.actor())
            _show(memory, preview.draw(compute(config, data), data.spec))
        else:
            st.fragment(again, run_every=LOOK_AGAIN_S)()


def _show(memory: str, galleries: Sequence[Gallery]) -> None:
    for number, gallery in enumerate(galleries):
        st.markdown(gallery.sentence)
        if gallery.drawing:
            drawing(gallery.drawing, key=f"{memory}_{number}")
        else:
            pictures(gallery.pictures, key=f"{memory}_{number}", below=gallery.below, width=56)


def _wait() -> None:
    st.skeleton(height=130)


def follow_answer(
    memory: str,
    key: str,
    question: Callable[[], Any],
    show: Callable[[Any], None],
    wait: Callable[[], Any],
    dataset: str,
    *,
    run: Run | None = None,
    patience_s: float | None = None,
    say: Callable[[], None] | None = None,
    is_private: bool = True,
) -> bool:
    """Show the answer as soon as it arrives; until then the previous one, or a placeholder.

    All visitors share the cached answers, so this refuses visitors who may not see the data, unless the answer has
    nothing of it.

    Args:
        memory: Session key of the last answer's cache key.
        key: Cache key of everything that the answer depends on.
        question: Queries the probe, in another thread.
        show: Draws an answer.
        wait: Draws the placeholder.
        dataset: Id of the data set that the question needs.
        run: The run that it is about; None for networks at random weights.
        patience_s: How long to wait for the answer, in seconds; `PATIENCE_S` by default.
        say: Draws below the placeholder what it waits for, at each check.
        is_private: Whether the question needs the data, or its answer could show it.

    Returns:
        Whether the question could be asked; if not, the page shows the error.
    """
    state, patience = st.session_state, PATIENCE_S if patience_s is None else patience_s

    def look() -> bool:
        if is_private:
            viewer = owner.actor() if run is None else privacy.viewer(run)
            check_may_view(shell.store().settings, run and run.id, dataset, viewer)
        is_possible = (has_sample(dataset) or not is_private) and shell.is_ready("probe")
        is_there = is_possible and answers().get(key, question, patience_s=patience) is not None
        if is_there:
            state[memory] = key
        return is_there

    def known() -> Any:
        return answers().known(state.get(memory, ""))

    def draw() -> None:
        answer = known()
        if answer is None:
            wait()
        else:
            show(answer)

    def again() -> None:
        with shell.guard():
            if look():
                st.rerun()
            if say is not None and known() is None:
                say()

    with shell.guard():
        is_there = look()
        with st.container():  # the answer stands where its placeholder stood, so that nothing is drawn anew
            draw()
        if not is_there:
            st.fragment(again, run_every=LOOK_AGAIN_S)()
        return True
    return False


def _missing(preparing: Run | None) -> str:
    """Return what the first answer is waiting for."""
    task = preparing and shell.store().runs.get(preparing.id)
    if task and task.status in (Status.FAILED, Status.LOST):
        return f"The data could not be prepared. {shell.told(task.error)}"
    if task and task.status is not Status.SUCCEEDED:
        return "The data is being prepared; this happens once."
    return f"The process that looks inside networks is {shell.probe_state()}."


def _look(settings: Settings, family: Family, config: Config, dataset: str, actor: str) -> Look:
    """Ask the probe about a network at random weights."""
    spec = find_dataset(settings, dataset).spec
    data, look = open_seen(settings, dataset, actor), family.inspection

    def put(part: str, given: np.ndarray) -> Mapping[str, np.ndarray]:
        subject = Subject(family.id, dataset, config, part=part)
        return ask(settings, subject, look.method, given, actor=actor, deadline_s=DEADLINE_S)

    main = family.networks(config, spec)[0].id
    answer = look.chain(put, config, data) if look.chain else put(main, look.given(config, data))
    arrays = {**answer, **look.beside(data)}
    parts = {key: {n: a for n, a in arrays.items() if n.startswith(view.prefix)} for key, view in family.views.items()}
    frame = make_frame(arrays, np.array(data.x_train[0]) if look.is_at_sample else None, spec)
    return Look(frame, {key: family.views[key].draw(part, spec) for key, part in parts.items()})


def _all_weights(settings: Settings, family: Family, config: Config, dataset: str, actor: str) -> np.ndarray:
    subject = Subject(
        family.id, dataset, config, part=family.networks(config, find_dataset(settings, dataset).spec)[0].id
    )
    given = family.inspection.given(config, open_seen(settings, dataset, actor))
    return flat(ask(settings, subject, "all_weights", given, actor=actor, deadline_s=DEADLINE_S))


def _preview(
    settings: Settings, family: Family, config: Config, dataset: str, preview: Preview, actor: str
) -> list[Gallery]:
    subject = Subject(family.id, dataset, config, part="augmentation")
    image = np.array(open_seen(settings, dataset, actor).x_train[0])
    answer = ask(settings, subject, "augmented", image, actor=actor, deadline_s=DEADLINE_S)
    return preview.draw(answer, find_dataset(settings, dataset).spec)
