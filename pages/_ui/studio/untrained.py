"""Show a network before it is trained: its answer, its feature maps and its augmented input."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.config import Config
from core.datasets import Prepared
from core.datasets.access import check_may_see
from core.families import Family
from core.families.family import Preview, Section
from core.figures.pictures import Gallery, Picture
from core.jobs import ensure_prepared
from core.probe.client import Subject, ask
from core.runs.visible import open_seen
from core.settings import Settings
from core.store import Run, Status
from pages._ui.components.drawing.drawing import drawing
from pages._ui.components.pictures.pictures import pictures
from pages._ui.probe.answer_cache import answers
from pages._ui.runs.snapshots import draw_views, has_sample
from pages._ui.shell import owner, shell

LOOK_AGAIN_S = 0.4  # between checks for a missing answer
PATIENCE_S = 0.03  # how long a page waits for an answer before it shows a placeholder
DEADLINE_S = 5.0  # of a query to the probe

Look = Callable[[Any, Prepared], Mapping[str, np.ndarray]]


def untrained_key(family: Family, config: Config, dataset: str) -> str:
    """Return a cache key of everything that an untrained network's views depend on."""
    networks = family.networks(config, shell.dataset(dataset).spec)
    return f"{family.id} {dataset} {networks} {[getattr(config, name) for name in family.inspection.depends]}"


def draw_untrained(family: Family, config: Config, dataset: str) -> None:
    """Show the network with random weights on a sample image.

    Args:
        family: Family of the network.
        config: Valid settings.
        dataset: Id of its data set.
    """
    preparing = ensure_prepared(shell.store(), dataset)

    def wait() -> None:
        st.caption(f":material/hourglass_empty: {_missing(preparing)}")
        st.skeleton(height=420)

    follow_answer(
        f"_{family.id}_untrained_{dataset}",
        untrained_key(family, config, dataset),
        partial(_views, shell.store().settings, family, config, dataset, owner.actor()),
        lambda drawn: draw_views(family, dataset, drawn.__getitem__, "untrained"),
        wait,
        dataset,
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


def _look_here(look: Look, preview: Preview, config: Config, dataset: str, memory: str) -> None:
    """Show a preview computed in this process; wait until the data is prepared."""

    def again() -> None:
        if has_sample(dataset):
            st.rerun()
        _wait()

    with shell.guard():
        if has_sample(dataset):
            data = open_seen(shell.store().settings, dataset, owner.actor())
            _show(memory, preview.draw(look(config, data), data.spec))
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
    patience_s: float | None = None,
) -> bool:
    """Show the answer as soon as it arrives; until then the previous one, or a placeholder.

    All visitors share the cached answers, so this refuses visitors who may not see the data.

    Args:
        memory: Session key of the last answer's cache key.
        key: Cache key of everything that the answer depends on.
        question: Queries the probe, in another thread.
        show: Draws an answer.
        wait: Draws the placeholder.
        dataset: Id of the data set that the question needs.
        patience_s: How long to wait for the answer, in seconds; `PATIENCE_S` by default.

    Returns:
        Whether the question could be asked; if not, the page shows the error.
    """
    state, patience = st.session_state, PATIENCE_S if patience_s is None else patience_s

    def look() -> bool:
        check_may_see(shell.store().settings, dataset, owner.actor())
        is_possible = has_sample(dataset) and shell.is_ready("probe")
        is_there = is_possible and answers().get(key, question, patience_s=patience) is not None
        if is_there:
            state[memory] = key
        return is_there

    def draw() -> None:
        answer = answers().known(state.get(memory, ""))
        if answer is None:
            wait()
        else:
            show(answer)

    def again() -> None:
        with shell.guard():
            if look():
                st.rerun()
            draw()

    with shell.guard():
        if look():
            draw()
        else:
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
    return "The process that looks inside networks is starting."


def _views(settings: Settings, family: Family, config: Config, dataset: str, actor: str) -> dict[str, list[Picture]]:
    """Query the probe for every view of a network with random weights."""
    spec = shell.dataset(dataset).spec
    data, look = open_seen(settings, dataset, actor), family.inspection
    subject = Subject(family.id, dataset, config, part=family.networks(config, spec)[0].id)
    answer = ask(settings, subject, look.method, look.given(config, data), actor=actor, deadline_s=DEADLINE_S)
    arrays = {**answer, **look.beside(data)}
    parts = {key: {n: a for n, a in arrays.items() if n.startswith(view.prefix)} for key, view in family.views.items()}
    return {key: family.views[key].draw(part, spec) for key, part in parts.items()}


def _preview(
    settings: Settings, family: Family, config: Config, dataset: str, preview: Preview, actor: str
) -> list[Gallery]:
    subject = Subject(family.id, dataset, config, part="augmentation")
    image = np.array(open_seen(settings, dataset, actor).x_train[0])
    answer = ask(settings, subject, "augmented", image, actor=actor, deadline_s=DEADLINE_S)
    return preview.draw(answer, shell.dataset(dataset).spec)
