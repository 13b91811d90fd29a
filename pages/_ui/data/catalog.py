"""List of data sets: what each contains, its state, and the available actions."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import streamlit as st

from core.datasets import Dataset, list_datasets, state_of
from core.datasets.access import visible
from core.datasets.features import Vector
from core.datasets.own.as_dataset import as_dataset, awaits_target
from core.datasets.own.own import LONGEST_DESCRIPTION, LONGEST_TITLE, Card, change, is_own, read_card
from core.datasets.prepared import ARRAYS, READY, is_prepared
from core.families import FAMILIES, Family
from core.jobs import delete_data, ensure_foreman, ensure_prepared
from core.runs.visible import open_seen
from core.settings import Settings
from core.store import Run, Status
from pages._ui.data.kinds.target import ask_target
from pages._ui.data.kinds.view import view_of
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import KNOW, data_views, studio_page

LOOK_AGAIN_S = 1.0  # while a data set is being prepared


def list_data() -> None:
    """Draw the list, the visitor's own data first."""
    settings, actor = shell.store().settings, owner.actor()
    every = list_datasets(settings, actor)
    found = dict(sorted(every.items(), key=lambda item: not item[1].spec.is_image))  # images first
    mine = {key: dataset for key, dataset in found.items() if is_own(key)}
    others = [card for card in visible(settings, actor) if not card.data_kind.is_learned]
    if mine or others:
        st.subheader("Added by you and others")
    for dataset in mine.values():
        st.fragment(_row, key=f"data_{dataset.id}", run_every=_pace(dataset))(dataset)
    for card in others:
        st.fragment(_other_row, key=f"data_{card.id}")(card.id)
    if mine or others:
        st.subheader("Public and on this server")
    for key, dataset in found.items():
        if key not in mine:
            st.fragment(_row, key=f"data_{dataset.id}", run_every=_pace(dataset))(dataset)


def _pace(dataset: Dataset) -> float | None:
    task = last_task(dataset.id)
    return LOOK_AGAIN_S if task and not task.status.is_final else None


def last_task(dataset_id: str) -> Run | None:
    """Return the latest task that prepared a data set; None if there is none."""
    return next(iter(shell.store().runs.list(kind="prepare", dataset=dataset_id, limit=1)), None)


def _row(dataset: Dataset) -> None:
    with shell.guard(), st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.plain(dataset.title)}**  \n{_size(dataset)}", width="stretch")
            _actions(dataset)
        _state(dataset)
        if dataset.spec.train_size:
            st.caption(words.origin(dataset))
        if is_own(dataset.id):
            _own_row(dataset)


def _own_row(dataset: Dataset) -> None:
    settings = shell.store().settings
    card = read_card(settings, dataset.id)
    if dataset.problem and not as_dataset(settings, card).problem:
        st.rerun()  # it became ready meanwhile
    view_of(card).describe(card)
    task = last_task(card.id)
    if awaits_target(settings, card) and card.owner == owner.actor() and (task is None or task.status.is_final):
        ask_target(card)
    _own(card)


def _other_row(dataset_id: str) -> None:
    """Draw data that no network learns from yet."""
    with shell.guard(), st.container(border=True):
        card = read_card(shell.store().settings, dataset_id)
        st.markdown(f"**{words.plain(card.title)}**  \n{card.data_kind.title}")
        view_of(card).describe(card)
        _own(card)


def _size(dataset: Dataset) -> str:
    spec = dataset.spec
    if not spec.train_size:
        return "unreadable"
    total = spec.train_size + spec.test_size
    if isinstance(spec.features, Vector):
        columns = "" if spec.features.is_point else f" of {len(spec.features.columns):,} columns"
        return f"{words.plain(dataset.task)} · {total:,} {spec.kind}{columns}"
    height, width, channels = spec.input_shape
    colours = "colour" if channels == 3 else "grey"
    return f"{dataset.task} · {total:,} images of {height}×{width} pixels, {colours}"


def _actions(dataset: Dataset) -> None:
    """Draw the links and buttons for a data set."""
    if dataset.problem:
        return
    if state_of(shell.store().settings, dataset) != READY:
        task = last_task(dataset.id)
        busy = task is not None and not task.status.is_final
        again = task is not None and task.status in (Status.FAILED, Status.LOST)
        st.button(
            "Try again" if again else "Download",
            key=f"get_{dataset.id}",
            icon=":material/download:",
            disabled=busy,
            on_click=_get,
            args=(dataset.id,),
            help="Download and prepare it now. Otherwise this happens when a run first needs it.",
        )
        return
    train_links(dataset)
    st.button(
        "Know it",
        key=f"know_{dataset.id}",
        on_click=_know,
        args=(dataset.id,),
        help="See its examples and possible faults.",
    )


def train_links(dataset: Dataset) -> None:
    """Draw links to the studios whose networks can learn from a data set."""
    for family in FAMILIES.values():
        if family.takes(dataset.spec):
            link, icon = studio_link(family, dataset), ":material/play_arrow:"
            st.page_link(studio_page(family.id), label=f"Train {words.a(family.title)}", icon=icon, query_params=link)


def studio_link(family: Family, dataset: Dataset) -> dict[str, str]:
    """Return the query parameters that open a studio with this data set and the preset that suits it."""
    preset = family.preset_for(dataset.spec, dataset.id).id
    return {**({} if preset == family.default_preset else {"preset": preset}), "dataset": dataset.id}


def _know(dataset_id: str) -> None:
    st.query_params["dataset"] = dataset_id
    data_views().show(KNOW)
    st.rerun()


def _get(dataset_id: str) -> None:
    with shell.remember():
        ensure_prepared(shell.store(), dataset_id, at_once=True)
    st.rerun()


def _state(dataset: Dataset) -> None:
    """Draw the state of a data set: ready, in progress, or the reason it is not available."""
    task = last_task(dataset.id)
    is_here = is_prepared(shell.store().settings, dataset.id)
    if not is_here and task is not None and not task.status.is_final:
        ensure_foreman(shell.store().settings)
        phase = str(task.progress.get("phase", "waiting in the queue")).capitalize()
        st.progress(float(task.progress.get("share", 0.0)), text=words.plain(phase))
    elif dataset.problem:
        _say_problem(dataset, task)
    elif not is_here and task is not None and task.status in (Status.FAILED, Status.LOST):
        st.warning(f"Not available now. {shell.told(task.error)}", icon=":material/cloud_off:")
    else:
        said = state_of(shell.store().settings, dataset)
        icon = ":material/check_circle:" if said == READY else ":material/cloud_download:"
        st.caption(f"{icon} {said[:1].upper()}{said[1:]}")


def _say_problem(dataset: Dataset, task: Run | None) -> None:
    settings = shell.store().settings
    if not (is_own(dataset.id) and awaits_target(settings, read_card(settings, dataset.id))):
        st.error(shell.told(dataset.problem), icon=":material/error:")
        return
    if task is not None and task.status is Status.FAILED:
        st.error(f"Preparation failed. {shell.told(task.error)}", icon=":material/error:")
    st.info(shell.told(dataset.problem), icon=":material/info:")


# Own data


def _own(card: Card) -> None:
    if card.description:
        st.markdown(words.plain(card.description))
    if card.owner != owner.actor():
        return
    with st.expander("Rename, describe, publish, delete", key=f"edit_{card.id}"):
        st.text_input("Name", card.title, max_chars=LONGEST_TITLE, key=f"title_{card.id}")
        st.text_area("Description", card.description, max_chars=LONGEST_DESCRIPTION, key=f"words_{card.id}")
        st.toggle(
            "Everyone on this server may use it",
            card.published,
            key=f"public_{card.id}",
            help="Off: only you see its examples. Anyone with the link to a run on it can see metrics, curves, class "
            "names and kernels, and try the network.",
        )
        if is_prepared(shell.store().settings, card.id):
            st.download_button(
                "Download as .npz",
                partial(to_npz, shell.store().settings, card.id, owner.actor()),
                f"{card.id}.npz",
                "application/octet-stream",
                key=f"npz_{card.id}",
                icon=":material/download:",
                on_click="ignore",
                help="The arrays under Keras' keys, as the exported program reads them.",
            )
        with st.container(horizontal=True):
            st.button("Save changes", key=f"keep_{card.id}", on_click=_keep, args=(card.id,))
            with st.popover("Delete", icon=":material/delete:", key=f"delete_{card.id}"):
                st.markdown("This cannot be undone. Runs trained on this data set stay.")
                st.button("Delete it", key=f"sure_{card.id}", type="primary", on_click=_delete, args=(card.id,))


def to_npz(settings: Settings, dataset_id: str, actor: str) -> bytes:
    """Return the arrays of a data set as the bytes of a compressed `.npz` file.

    Raises:
        NotAllowedError: The data is private and belongs to somebody else.
        DatasetError: The data is not prepared, or its files are damaged.
    """
    data, file = open_seen(settings, dataset_id, actor), io.BytesIO()
    np.savez_compressed(file, **{name: getattr(data, name) for name in ARRAYS})
    return file.getvalue()


def _keep(dataset_id: str) -> None:
    state = st.session_state
    changes = {
        "title": f"title_{dataset_id}",
        "description": f"words_{dataset_id}",
        "published": f"public_{dataset_id}",
    }
    with shell.remember():
        change(
            shell.store().settings,
            dataset_id,
            owner.actor(),
            **{name: state[key] for name, key in changes.items() if key in state},
        )
    st.rerun()


def _delete(dataset_id: str) -> None:
    with shell.remember():
        delete_data(shell.store(), dataset_id, owner.actor())
    st.rerun()
