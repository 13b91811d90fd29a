"""What an owner does with their data set: rename, describe, publish, download, delete."""

from __future__ import annotations

import io
from functools import partial

import numpy as np
import streamlit as st

from core.datasets.own.own import LONGEST_DESCRIPTION, LONGEST_TITLE, Card, change
from core.datasets.prepared import ARRAYS, is_prepared
from core.jobs import delete_data
from core.runs.visible import open_seen
from core.settings import Settings
from pages._ui.shell import owner, shell, words


def edit_own(card: Card) -> None:
    """Draw the description of a data set and, for its owner, all that can be changed."""
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
