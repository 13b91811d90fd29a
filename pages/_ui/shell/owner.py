"""Who is here: an anonymous key that the browser keeps; runs remember its hash."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.runtime import exists, get_instance

from core.store.records import hash_key
from pages._ui.components import component

_KEY_BYTES = 16
_COMPONENT_KEY = "owner_key"

_component = component("page/owner_key", "<span hidden></span>")


def adopt() -> None:
    """Take the key that the browser keeps; until it has said so, which takes a moment, a new one stands in for it."""
    state = st.session_state
    state.setdefault("_owner_key", secrets.token_hex(_KEY_BYTES))
    kept = state.get(_COMPONENT_KEY, {}).get("key")
    if kept:
        state["_owner_key"], state["_owner_known"] = kept, True


def ask() -> None:
    """Ask the browser for its key; it keeps the one that stands in if it has none, and answers at once."""
    key, st.session_state["_owner_known"] = st.session_state["_owner_key"], True  # nobody is asked twice
    _component(key=_COMPONENT_KEY, data={"proposed": key}, on_key_change=lambda: None, height=1)


def is_known() -> bool:
    """Return whether the browser has said who is here, or was asked."""
    return bool(st.session_state.get("_owner_known"))


def actor() -> str:
    """Return the hash under which this browser's runs are kept."""
    return hash_key(st.session_state["_owner_key"])


def of_visit(session_id: str) -> str:
    """Return the hash of whoever made a visit of this server; the visit's own id while nobody knows."""
    manager: Any = get_instance()._session_mgr if exists() else None
    info = manager.get_session_info(session_id) if manager else None
    with suppress(KeyError):
        return session_id if info is None else hash_key(info.session.session_state["_owner_key"])
    return session_id
