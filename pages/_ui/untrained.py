"""What can be seen of a network before it is trained: its answer, its maps, and what it will be shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.config import Config
from core.datasets import open_prepared
from core.families import Family
from core.families.family import View
from core.figures.pictures import Picture
from core.jobs import ensure_prepared
from core.probe.client import Subject, ask
from core.settings import Settings
from core.store import Run, Status
from pages._ui import live, shell, words
from pages._ui.components.pictures import pictures
from pages._ui.looks import looks

LOOK_AGAIN_S = 0.4  # while an answer is not there
PATIENCE_S = 0.03  # of a page; an answer that is there already is shown at once
DEADLINE_S = 5.0


def untrained_key(family: Family, config: Config, dataset: str) -> str:
    """Return all that the look of an untrained network depends on."""
    specs = family.layers(config, shell.dataset(dataset).spec)
    return f"{family.id} {dataset} {specs} {getattr(config, 'seed', 0)}"


def draw_untrained(family: Family, config: Config, dataset: str) -> None:
    """Show the network at random weights, looking at a sample image.

    Args:
        family: Whose network.
        config: Its settings, which are possible.
        dataset: The data it is for.
    """
    preparing = ensure_prepared(shell.store(), dataset)

    def wait() -> None:
        st.caption(f":material/hourglass_empty: {_missing(preparing)}")
        st.skeleton(height=420)

    _follow(
        f"_{family.id}_untrained_{dataset}",
        untrained_key(family, config, dataset),
        partial(_views, shell.store().settings, family, config, dataset),
        lambda drawn: live.show_views(family, dataset, drawn.__getitem__, "untrained"),
        wait,
        dataset,
    )


def draw_preview(family: Family, view: View, config: Config, dataset: str) -> None:
    """Show what augmentation makes of the sample image, if there is any.

    Args:
        family: Whose augmentation.
        view: How it is drawn.
        config: The settings.
        dataset: Of the sample image.
    """
    augmentation = family.augmentation(config)
    if not augmentation:
        return
    st.markdown(f"**{view.title}.** {view.sentence}")
    _follow(
        f"_{family.id}_preview_{dataset}",
        f"augmented {dataset} {augmentation}",
        partial(_preview, shell.store().settings, family, config, dataset, view),
        lambda drawn: pictures(drawn, key=f"{family.id}_preview", width=56),
        lambda: st.skeleton(height=130),
        dataset,
    )


def _follow(
    memory: str,
    key: str,
    question: Callable[[], Any],
    show: Callable[[Any], None],
    wait: Callable[[], Any],
    dataset: str,
) -> None:
    """Show the answer as soon as it is there; until then the one before it, or that there is none yet.

    Args:
        memory: Where this visit keeps the key of the answer that it saw last.
        key: Says all that the answer depends on.
        question: Asks the probe, in another thread.
        show: Draws an answer.
        wait: Draws that there is none.
        dataset: Whose sample image it needs.
    """
    state = st.session_state

    def look() -> bool:
        is_possible = live.has_sample(dataset) and shell.is_ready("probe")
        is_there = is_possible and looks().get(key, question, patience_s=PATIENCE_S) is not None
        if is_there:
            state[memory] = key
        return is_there

    def draw() -> None:
        answer = looks().known(state.get(memory, ""))
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


def _missing(preparing: Run | None) -> str:
    """Say what the first look waits for."""
    task = preparing and shell.store().runs.get(preparing.id)
    if task and task.status is Status.FAILED:
        return f"The data could not be prepared. {words.plain(task.error)}"
    if task and task.status is not Status.SUCCEEDED:
        return "The data is being prepared, once."
    return "The part of the server that looks inside networks is waking up."


def _views(settings: Settings, family: Family, config: Config, dataset: str) -> dict[str, list[Picture]]:
    """Ask the probe for every view of a network at random weights."""
    spec = shell.dataset(dataset).spec
    arrays = _asked(settings, Subject(family.id, dataset, config), "feature_maps")
    parts = {key: {n: a for n, a in arrays.items() if n.startswith(view.prefix)} for key, view in family.views.items()}
    return {key: family.views[key].draw(part, spec) for key, part in parts.items()}


def _preview(settings: Settings, family: Family, config: Config, dataset: str, view: View) -> list[Picture]:
    subject = Subject(family.id, dataset, config, part="augmentation")
    return view.draw(_asked(settings, subject, "augmented"), shell.dataset(dataset).spec)


def _asked(settings: Settings, subject: Subject, method: str) -> dict[str, np.ndarray]:
    image = np.array(open_prepared(settings, subject.dataset).x_train[0])
    return ask(settings, subject, method, image, deadline_s=DEADLINE_S)
