"""Identify visitors by an anonymous key kept in the browser; runs store its hash."""

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
    """Adopt the browser's key; use a new temporary one until the browser has answered."""
    state = st.session_state
    state.setdefault("_owner_key", secrets.token_hex(_KEY_BYTES))
    kept = state.get(_COMPONENT_KEY, {}).get("key")
    if kept:
        state["_owner_key"], state["_owner_known"] = kept, True


def ask() -> None:
    """Ask the browser for its key; a browser without one keeps the temporary key."""
    key, st.session_state["_owner_known"] = st.session_state["_owner_key"], True  # ask only once
    _component(key=_COMPONENT_KEY, data={"proposed": key}, on_key_change=lambda: None, height=1)


def is_known() -> bool:
    """Return whether the browser has sent its key, or was asked for it."""
    return bool(st.session_state.get("_owner_known"))


def actor() -> str:
    """Return this browser's owner hash, under which its runs are stored."""
    return hash_key(st.session_state["_owner_key"])


def of_visit(session_id: str) -> str:
    """Return the owner hash of a Streamlit session; the session id while it is unknown."""
    manager: Any = get_instance()._session_mgr if exists() else None
    info = manager.get_session_info(session_id) if manager else None
    with suppress(KeyError):
        return session_id if info is None else hash_key(info.session.session_state["_owner_key"])
    return session_id
