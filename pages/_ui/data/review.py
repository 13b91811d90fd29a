"""Data that was sent: its progress, what was found in it, and the question whether to keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from core.datasets import Prepared
from core.datasets.own import own
from core.datasets.own.checks import CHECKS
from core.datasets.prepared import is_prepared
from core.errors import DatasetError
from core.figures.data import draw_balance
from core.figures.names import BELOW
from core.figures.pictures import grey_picture
from core.jobs import ensure_foreman
from core.jobs.submit import queue_preparation, throw_away
from core.names import shortened
from core.runs.visible import open_seen
from core.store import Run, Status
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.data.catalog import last_task
from pages._ui.data.tables import draw_target
from pages._ui.data.tables_texts_sounds import choose_target, draw_other
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import KNOW, LIST, data_views

ADDING = "adding"  # of the link: data that was sent and not accepted yet
LOOK_AGAIN_S = 0.5
SAMPLES = 24


def draw_new(dataset_id: str) -> bool:
    """Follow data that was sent until it is accepted or thrown away.

    Returns:
        Whether there is something to follow.
    """
    try:
        card = own.read_card(shell.store().settings, dataset_id)
    except DatasetError:  # it was thrown away
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
    phase = str(task.progress.get("phase", "waiting for its turn"))
    st.progress(float(task.progress.get("share", 0.0)), text=words.plain(phase[:1].upper() + phase[1:]))
    st.button("Stop", key="add_stop", icon=":material/stop:", on_click=_throw_away, args=(dataset_id,))


def _ask(card: own.Card, task: Run) -> None:
    """Show what became of it, and ask."""
    if task.status is not Status.SUCCEEDED and not card.notes:
        why = shell.told(task.error)
        st.error(f"It could not be read to the end. {why} Throw it away and send it again.", icon=":material/error:")
        st.button("Throw it away", key="add_discard", on_click=_throw_away, args=(card.id,))
        return
    st.subheader(words.plain(card.title))
    buttons = st.container(horizontal=True)
    is_ready = _draw_found(card)
    buttons.button(
        "Accept",
        type="primary",
        icon=":material/check:",
        key="add_accept",
        disabled=not is_ready,
        on_click=_accept,
        args=(card.id,),
        help=None if is_ready else "Choose what to predict, then apply it.",
    )
    buttons.button("Throw it away", key="add_discard", on_click=_throw_away, args=(card.id,))


def _draw_found(card: own.Card) -> bool:
    """Show what was found; return whether it can be accepted as it is."""
    if card.kind == "table":
        return _table(card)
    if card.kind in CHECKS:
        st.caption("It is kept and checked. The model families that learn from such data are not here yet.")
        draw_other(card)
    else:
        _images(card, open_seen(shell.store().settings, card.id, owner.actor()))
    _skipped(card)
    return True


def _table(card: own.Card) -> bool:
    """Show what was found in a table, and ask what to predict."""
    settings = shell.store().settings
    is_made = is_prepared(settings, card.id)
    draw_other(card)
    if is_made:
        data = open_seen(settings, card.id, owner.actor())
        st.markdown(_found(card, data))
        _say(card)
        draw_target(data, "add_target_spread")
    options = choose_target(card)
    st.button(
        "Apply",
        key="add_again",
        icon=":material/refresh:",
        disabled=options == card.options,
        on_click=_again,
        args=(card.id, options),
        help="Look at the table again with these kinds, and make it ready to predict this column.",
    )
    _skipped(card)
    return is_made and options == card.options


def _again(dataset_id: str, options: dict[str, Any]) -> None:
    with shell.remember():
        queue_reading(own.read_card(shell.store().settings, dataset_id), options)
    st.rerun()


def queue_reading(card: own.Card, options: Mapping[str, Any] | None = None) -> None:
    """Let a worker read what was brought, or look at it again with other options."""
    queue_preparation(shell.store(), card.id, card.title, owner=card.owner, options=options)
    ensure_foreman(shell.store().settings)
    st.query_params[ADDING] = card.id


def _images(card: own.Card, data: Prepared) -> None:
    st.markdown(_found(card, data))
    _say(card)
    counts = [np.bincount(y, minlength=len(data.spec.classes)).tolist() for y in (data.y_train, data.y_test)]
    figure = draw_balance(data.spec.classes, *counts)
    alt = f"Images of each class in training and test, {len(data.spec.classes)} classes"
    chart(figure, key="add_balance", alt=alt)
    rows = np.unique(np.linspace(0, len(data.y_train) - 1, SAMPLES).round().astype(int))
    names = [data.spec.classes[data.y_train[row]] for row in rows]
    shown = [
        grey_picture(data.x_train[row], f"{name}, training image {row}") for row, name in zip(rows, names, strict=True)
    ]
    pictures(shown, key="add_samples", below=[shortened(name, BELOW) for name in names], width=72)


def _found(card: own.Card, data: Prepared) -> str:
    spec, notes = data.spec, card.notes
    said = [f"{spec.train_size:,} {spec.kind} to learn from, {spec.test_size:,} to test with."]
    if notes.get("near_duplicates"):
        said.append(
            f"{notes['near_duplicates']:,} nearly repeat another (burst photos); such images are on one side of the "
            "split only, so that the test stays honest."
        )
    if count := notes.get("skipped_count"):
        said.append(
            f"1 {_piece(card)} was left out; it is listed below."
            if count == 1
            else f"{count:,} {_piece(card)}s were left out; they are listed below."
        )
    return " ".join(said)


def _piece(card: own.Card) -> str:
    """Return what is left out of such data where it is of no use."""
    return "column" if card.kind == "table" else "file"


def _say(card: own.Card) -> None:
    """Draw what whoever read the files has to say of them."""
    for sentence in card.notes.get("said", []):
        st.markdown(f":material/info: {words.plain(sentence)}")


def _skipped(card: own.Card) -> None:
    skipped = card.notes.get("skipped", [])
    if skipped:
        count = card.notes.get("skipped_count", len(skipped))
        piece = _piece(card)
        with st.expander(f"Left out: {count:,} {piece if count == 1 else piece + 's'}", key="add_skipped"):
            names, reasons = zip(*skipped, strict=True)
            heads = (piece.capitalize(), "Why")
            cells = ([words.name(name) for name in names], [words.plain(why) for why in reasons])
            st.table(dict(zip(heads, cells, strict=True)))


def _accept(dataset_id: str) -> None:
    with shell.remember():
        own.change(shell.store().settings, dataset_id, owner.actor(), accepted=True)
        st.query_params.pop(ADDING, None)
        can_be_known = own.read_card(shell.store().settings, dataset_id).kind not in CHECKS
        if can_be_known:
            st.query_params["dataset"] = dataset_id
        data_views().show(KNOW if can_be_known else LIST)
    st.rerun()


def _throw_away(dataset_id: str) -> None:
    with shell.remember():
        throw_away(shell.store(), dataset_id, owner.actor())
    st.query_params.pop(ADDING, None)
    st.rerun()
