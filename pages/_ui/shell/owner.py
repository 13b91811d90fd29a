"""Identify visitors by an anonymous key kept in the browser; runs store its hash."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit.runtime import exists, get_instance

from core.runs.sharing.secret_link import hash_secret
from core.store.records import hash_key
from pages._ui.components import component

_KEY_BYTES = 16
_COMPONENT_KEY = "owner_key"
_SECRETS = "_secrets"  # session key: hashes of the secrets of links, by run
_MOST_SECRETS = 50  # of a visit

_component = component("page/owner_key", "<span hidden></span>")


def adopt() -> None:
    """Adopt the browser's key; use a new temporary one until the browser has answered."""
    state = st.session_state
    state.setdefault("_owner_key", secrets.token_hex(_KEY_BYTES))
    kept = state.get(_COMPONENT_KEY, {}).get("visit")
    if kept:
        state["_owner_key"], state["_owner_known"] = kept["key"], True
        state[_SECRETS] = _hashed(kept["secrets"])


def ask() -> None:
    """Ask the browser for its key and for the secrets of links; without a key it keeps the temporary one."""
    key, st.session_state["_owner_known"] = st.session_state["_owner_key"], True  # ask only once
    _component(key=_COMPONENT_KEY, data={"proposed": key}, on_visit_change=lambda: None, height=1)


def is_known() -> bool:
    """Return whether the browser has sent its key, or was asked for it."""
    return bool(st.session_state.get("_owner_known"))


def actor() -> str:
    """Return this browser's owner hash, under which its runs are stored."""
    return hash_key(st.session_state["_owner_key"])


def secret_to(run_id: str) -> str:
    """Return the hash of the secret in the link by which this visitor came to a run; empty if it has none."""
    found: str = st.session_state.get(_SECRETS, {}).get(run_id, "")
    return found


def _hashed(found: Mapping[str, object]) -> dict[str, str]:
    """Return the hashes of secrets, which themselves are kept nowhere; what is no secret opens nothing."""
    return {run: hash_secret(secret) or "none" for run, secret in list(found.items())[:_MOST_SECRETS]}


def of_visit(session_id: str) -> str:
    """Return the owner hash of a Streamlit session; the session id while it is unknown."""
    manager: Any = get_instance()._session_mgr if exists() else None
    info = manager.get_session_info(session_id) if manager else None
    with suppress(KeyError):
        return session_id if info is None else hash_key(info.session.session_state["_owner_key"])
    return session_id
