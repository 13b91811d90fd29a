"""What is said where data is not shown, since it is private and somebody else's."""

from __future__ import annotations

import streamlit as st

from core.datasets.access import may_see
from core.store.records import SERVER
from pages._ui.shell import owner, shell

ICON = ":material/lock:"


def sees(dataset_id: str) -> bool:
    """Return whether this visitor may see the examples of a data set."""
    return may_see(shell.store().settings, dataset_id, owner.actor())


def sight(dataset_id: str) -> str:
    """Return an actor who sees as much of a data set as this visitor: what is kept for all visitors has two kinds."""
    return SERVER if sees(dataset_id) else ""


def why(what: str) -> str:
    """Return why something is not shown; `what` is what, up to the verb."""
    return f"{ICON} {what} shown only to whoever brought this data: it is private."


def say(what: str) -> None:
    """Say why something is not shown."""
    st.caption(why(what))
