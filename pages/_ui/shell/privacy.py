"""Decide who sees private data, and tell the others why it is hidden."""

from __future__ import annotations

import streamlit as st

from core.datasets import why_not
from core.datasets.access import may_see
from core.store.records import SERVER
from pages._ui.shell import owner, shell

ICON = ":material/lock:"


def sees(dataset_id: str) -> bool:
    """Return whether this visitor may see a data set's examples."""
    return may_see(shell.store().settings, dataset_id, owner.actor())


def can_train(dataset_id: str) -> bool:
    """Return whether this visitor can train on a data set: it is here, whole, and theirs to see."""
    return not why_not(shell.store().settings, dataset_id, owner.actor())


def sight(dataset_id: str) -> str:
    """Return an actor with this visitor's access; only two values, so that visitors share cache entries."""
    return SERVER if sees(dataset_id) else ""


def why(what: str) -> str:
    """Return why something is hidden; `what` is the sentence up to and including its verb, such as `Images are`."""
    return f"{ICON} {what} shown only to the owner of this data: it is private."


def say(what: str) -> None:
    """Draw a caption that says why something is hidden."""
    st.caption(why(what))
