"""Train on collected photos with one click: make a data set, read it, queue the run, and say how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.datasets.own import own
from core.datasets.own.collecting import make_dataset, stop_wanting
from core.datasets.own.collection import Collection, read_collection
from core.errors import DatasetError
from core.families import FAMILIES, find_family
from core.jobs import ensure_foreman, submit_training
from core.jobs.submit import queue_preparation, replace_data, throw_away
from core.store import Run, Status
from pages._ui.data.catalog import last_task
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import studio_page

READING = 0.3  # share of the progress for reading the pictures


@dataclass(frozen=True)
class Training:
    """How far the data set and the network of a collection are.

    Args:
        text: What it does now, or how well it does.
        share: Share done, 0 to 1; None if unknown.
        is_busy: Whether something is at work.
        is_stale: Whether pictures have changed since.
        run: The network's run, if there is one.
        card: The data set, if it was read.
    """

    text: str = ""
    share: float | None = None
    is_busy: bool = False
    is_stale: bool = False
    run: Run | None = None
    card: own.Card | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what the browser shows of it, ready for JSON."""
        return {
            "text": "The pictures have changed since it learned." if self.is_stale and self.run else self.text,
            "share": self.share,
            "is_busy": self.is_busy,
            "has_run": self.run is not None,
        }


def begin() -> None:
    """Make a data set of what was collected, in place of the last one; `follow` trains on it as soon as it is read.

    Raises:
        DatasetError: Something is missing.
        OSError: The pictures cannot be copied.
    """
    store, actor = shell.store(), owner.actor()
    former, card = read_collection(store.settings, actor).dataset, make_dataset(store.settings, actor)
    if former not in ("", card.id):
        replace_data(store, former, actor)
    if not card.notes:
        queue_preparation(store, card.id, card.title, owner=actor)
    ensure_foreman(store.settings)


def stop(found: Collection) -> None:
    """Stop reading the pictures, or training on them."""
    store, actor = shell.store(), owner.actor()
    stop_wanting(store.settings, actor)
    card, run = _card(found.dataset), _run_on(found.dataset)
    if card is not None and not card.accepted:
        throw_away(store, card.id, actor)
    elif run is not None and not run.status.is_final:
        store.runs.stop(run.id, actor)


def follow(found: Collection) -> Training:
    """Return how far a collection's training is; queue its run once the pictures are read.

    Raises:
        GlassboxError: The run cannot be queued.
    """
    if not found.dataset:
        return Training()
    task = last_task(found.dataset)
    if task is not None and not task.status.is_final:
        ensure_foreman(shell.store().settings)
        phase = str(task.progress.get("phase", "waiting in the queue")).partition(", ")[0]  # without the file's name
        share = READING * float(task.progress.get("share", 0.0))
        return Training(f"{phase[:1].upper()}{phase[1:]}", share, is_busy=True)
    card = _card(found.dataset)
    if card is None or not card.notes:
        is_failed = task is not None and task.status in (Status.FAILED, Status.LOST)
        return Training(shell.sentence(task.error or "") if task and is_failed else "")
    if found.is_wanted:
        _train(card)
    run = _run_on(card.id)
    if run is not None and not run.status.is_final:
        ensure_foreman(shell.store().settings)
        done, total = run.progress.get("step", 0), run.progress.get("total_steps", 0)
        share = READING + (1 - READING) * done / total if total else None
        return Training(words.state(run, shell.queue), share, is_busy=True, run=run, card=card)
    return Training(_result(run, card), run=run, card=card, is_stale=found.made_of != found.mark)


def _train(card: own.Card) -> None:
    """Accept the data set and queue a run with the preset that suits it."""
    store, actor = shell.store(), owner.actor()
    try:
        if not card.accepted:
            own.change(store.settings, card.id, actor, accepted=True)
        spec = shell.dataset(card.id).spec
        family = next(family for family in FAMILIES.values() if family.takes(spec))
        preset = family.preset_for(spec, card.id)
        submit_training(store, family, preset.config, card.id, actor, preset=preset, once=True)
    finally:
        stop_wanting(store.settings, actor)


def _result(run: Run | None, card: own.Card) -> str:
    """Return how well a network does on its test pictures, and what would help most."""
    if run is None:
        return ""
    accuracy, size = run.summary.get("test_accuracy_last"), run.summary.get("test_size")
    is_whole = run.status is Status.SUCCEEDED
    if accuracy is None and not is_whole:
        return f"It has not learned. {shell.sentence(run.error) if run.error else 'Train again.'}"
    told = [] if is_whole else [f"{words.state(run, shell.queue)}."]
    if size and accuracy is not None:
        told.append(f"Right on {round(accuracy * size):,} of {size:,} test pictures.")
    return " ".join([*told, *card.notes.get("alike", [])[:1]])


def draw_result(training: Training) -> None:
    """Say what to do next, what reading the pictures has shown, and where to look further."""
    run, card = training.run, training.card
    if run is None or card is None or not run.status.is_final:
        return
    st.markdown(
        "**Does it get something wrong?** Hold the button of the right class while you show it, then train again."
    )
    for sentence in card.notes.get("said", []):
        if sentence not in training.text:
            st.markdown(f":material/info: {words.plain(sentence)}")
    with st.container(horizontal=True):
        link = {"run": run.id}
        page = studio_page(run.family)
        st.page_link(page, label="Look inside this network", icon=":material/monitoring:", query_params=link)
        st.page_link("pages/try.py", label="Try it on a full screen", icon=":material/draw:", query_params=link)


def _card(dataset_id: str) -> own.Card | None:
    try:
        card = own.read_card(shell.store().settings, dataset_id)
    except DatasetError:  # it was refused, or deleted
        return None
    return None if card.deleted else card


def _run_on(dataset_id: str) -> Run | None:
    """Return the visitor's newest run on this data whose network tells pictures apart."""
    runs = shell.store().runs.list(owners=[owner.actor()], dataset=dataset_id)
    return next((run for run in runs if find_family(str(run.family)).inspection.is_at_sample), None)
