"""Make and revoke secret links to a run on private data."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.runs.sharing.secret_link import can_share, links_of, make_link, revoke_link
from core.store import Run
from core.store.shares import Share
from pages._ui.components.page.share import share
from pages._ui.shell import owner, shell, words

OFFER = "Secret link"
_OPEN, _NEW = "_secret_links", "_secret_link_new"  # the run of the open dialog; its newest secret, while that is open
_SHOWS = "Copy it now: this server keeps no copy, so it is shown only here."


def secret_link_offer(run: Run) -> dict[str, Callable[[], None]]:
    """Return the offer of secret links for the Share of a run, if the visitor may make some or has made some."""
    is_mine = can_share(shell.store(), run, owner.actor()) or links_of(shell.store(), run.id, owner.actor())
    return {OFFER: partial(_open, run.id)} if is_mine else {}


def draw_secret_links(run: Run) -> None:
    """Draw the dialog if it is open."""
    if shell.has_arrived() or st.session_state.get(_OPEN) not in (None, run.id):
        _close()
    if st.session_state.get(_OPEN) == run.id:
        st.dialog("Secret links", on_dismiss=_close)(_dialog)(run)


def _dialog(run: Run) -> None:
    shell.say()
    kind = words.plain(shell.data_kind(run.dataset))
    st.markdown(
        f"Whoever has a secret link sees this run as you do, with its private {kind} and all that shows them. They "
        f"cannot train on the {kind}, download them or the network, or change the run. Those to whom they pass the "
        "link on see it too. You can revoke it at any time."
    )
    if secret := st.session_state.get(_NEW):
        share(_SHOWS, key="secret_link", tail=f"?run={run.id}#key={secret}")
    st.button(
        "Make another" if secret else "Make a secret link",
        type="tertiary" if secret else "primary",
        icon=":material/key:",
        key="make_secret_link",
        on_click=_make,
        args=(run.id,),
    )
    for place, one in enumerate(links_of(shell.store(), run.id, owner.actor()), 1):
        _row(place, one)


def _row(place: int, one: Share) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"secret_link_{place}"):
        st.markdown(f"Link {place}, made {words.ago(one.created)}", width="stretch")
        does = "Whoever has this link no longer sees the private data, from their next click on."
        st.button("Revoke", key=f"revoke_{place}", help=does, on_click=_revoke, args=(one.hash,))


def _open(run_id: str) -> None:
    st.session_state[_OPEN] = run_id


def _make(run_id: str) -> None:
    with shell.remember():
        st.session_state[_NEW] = make_link(shell.store(), run_id, owner.actor())


def _revoke(secret_hash: str) -> None:
    with shell.remember():
        revoke_link(shell.store(), secret_hash, owner.actor())
        st.session_state.pop(_NEW, None)  # it may be this one


def _close() -> None:
    for key in (_OPEN, _NEW):
        st.session_state.pop(key, None)
