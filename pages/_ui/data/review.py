"""Review uploaded data: show progress and findings, then accept or discard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.datasets.own import own
from core.errors import DatasetError
from core.jobs import ensure_foreman
from core.jobs.submit import queue_preparation, throw_away
from core.store import Run, Status
from pages._ui.data.catalog import last_task
from pages._ui.data.kinds.view import view_of
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import KNOW, LIST, data_views

ADDING = "adding"  # query parameter: id of data that was sent and is not accepted yet
LOOK_AGAIN_S = 0.5


def draw_new(dataset_id: str) -> bool:
    """Draw the progress or the review of uploaded data.

    Returns:
        Whether there is anything to draw: data of this visitor, not yet accepted, with a task.
    """
    try:
        card = own.read_card(shell.store().settings, dataset_id)
    except DatasetError:  # it was discarded
        return False
    task = last_task(dataset_id)
    if card.owner != owner.actor() or card.accepted or task is None:
        return False
    if task.status.is_final:
        _ask(card, task)
    else:
        st.fragment(_wait, key="data_new", run_every=LOOK_AGAIN_S)(dataset_id)
    return True


def _wait(dataset_id: str) -> None:
    with shell.guard():
        _show_progress(dataset_id)


def _show_progress(dataset_id: str) -> None:
    task = last_task(dataset_id)
    if task is None or task.status.is_final:
        st.rerun()
        return
    ensure_foreman(shell.store().settings)
    phase = str(task.progress.get("phase", "waiting in the queue"))
    st.progress(float(task.progress.get("share", 0.0)), text=words.plain(phase[:1].upper() + phase[1:]))
    st.button("Stop", key="add_stop", icon=":material/stop:", on_click=_throw_away, args=(dataset_id,))


def _ask(card: own.Card, task: Run) -> None:
    """Show the result, and ask whether to accept it."""
    if task.status is not Status.SUCCEEDED and not card.notes:
        why = shell.told(task.error)
        st.error(f"The data could not be read. {why} Discard it and send it again.", icon=":material/error:")
        st.button("Discard", key="add_discard", on_click=_throw_away, args=(card.id,))
        return
    st.subheader(words.plain(card.title))
    buttons = st.container(horizontal=True, vertical_alignment="center")
    before = view_of(card).review(card)
    buttons.button(
        "Accept",
        type="primary",
        icon=":material/check:",
        key="add_accept",
        disabled=bool(before),
        on_click=_accept,
        args=(card.id,),
        help="Keep this data set and train on it.",
    )
    buttons.button("Discard", key="add_discard", on_click=_throw_away, args=(card.id,), help="Delete what was sent.")
    if before:
        buttons.caption(before)


def queue_reading(card: own.Card, options: Mapping[str, Any] | None = None) -> None:
    """Queue the task that reads uploaded data, or reads it again with other options."""
    queue_preparation(shell.store(), card.id, card.title, owner=card.owner, options=options)
    ensure_foreman(shell.store().settings)
    st.query_params[ADDING] = card.id


def _accept(dataset_id: str) -> None:
    with shell.remember():
        card = own.change(shell.store().settings, dataset_id, owner.actor(), accepted=True)
        st.query_params.pop(ADDING, None)
        can_be_known = card.data_kind.is_learned
        if can_be_known:
            st.query_params["dataset"] = dataset_id
        data_views().show(KNOW if can_be_known else LIST)
    st.rerun()


def _throw_away(dataset_id: str) -> None:
    with shell.remember():
        throw_away(shell.store(), dataset_id, owner.actor())
    st.query_params.pop(ADDING, None)
    st.rerun()
