"""Who is here: an anonymous key that the browser keeps; runs remember its hash."""

from __future__ import annotations

import secrets

import streamlit as st

from core.store.records import hash_key
from pages._ui.components import component

_KEY_BYTES = 16
_COMPONENT_KEY = "owner_key"

_component = component("owner_key", "<span hidden></span>")


def adopt() -> None:
    """Take the key that the browser keeps; at the first run of a visit a new one stands in for it."""
    state = st.session_state
    state.setdefault("_owner_key", secrets.token_hex(_KEY_BYTES))
    kept = state.get(_COMPONENT_KEY, {}).get("key")
    if kept:
        state["_owner_key"] = kept


def ask() -> None:
    """Ask the browser for its key; it keeps the one that stood in if it has none."""
    key = st.session_state["_owner_key"]
    _component(key=_COMPONENT_KEY, data={"proposed": key, "known": key}, on_key_change=lambda: None, height=1)


def actor() -> str:
    """Return the hash under which this browser's runs are kept."""
    return hash_key(st.session_state["_owner_key"])
