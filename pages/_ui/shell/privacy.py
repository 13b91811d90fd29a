"""Decide who sees private data, and tell the others why it is hidden."""

from __future__ import annotations

import streamlit as st

from core.datasets import why_not
from core.datasets.access import Pass, Viewer, may_see, may_view
from core.runs.sharing.secret_link import pass_of
from core.store import Run
from core.store.records import SERVER
from pages._ui.shell import owner, shell

ICON = ":material/lock:"
_OPENED = """:material/key: A secret link shows you the private data of this run. You can look at everything, but not
train on it, download it or change the run."""
_ENDED = """This secret link is wrong or has been revoked, so the private data of this run stays hidden. Ask whoever
sent it for a new one."""


def sees(dataset_id: str) -> bool:
    """Return whether this visitor may see a data set's examples and train on them."""
    return may_see(shell.store().settings, dataset_id, owner.actor())


def can_train(dataset_id: str) -> bool:
    """Return whether this visitor can train on a data set: it is here, whole, and theirs to see."""
    return not why_not(shell.store().settings, dataset_id, owner.actor())


def viewer(run: Run) -> Viewer:
    """Return as whom this visitor looks at a run: as themselves, or as the holder of a secret link to it."""
    if sees(run.dataset):
        return owner.actor()
    return pass_of(shell.store(), run.id, owner.secret_to(run.id)) or owner.actor()


def sees_run(run: Run) -> bool:
    """Return whether this visitor may look at examples of a run's data, at this run."""
    return may_view(shell.store().settings, run.id, run.dataset, viewer(run))


def sight(run: Run) -> str:
    """Return an actor with this visitor's sight of a run; only two values, so that visitors share cache entries."""
    return SERVER if sees_run(run) else ""


def say_link(run: Run) -> None:
    """Say what a secret link shows, or that it shows nothing any more."""
    if not owner.secret_to(run.id) or sees(run.dataset):
        return
    if isinstance(viewer(run), Pass):
        st.caption(_OPENED)
    else:
        st.warning(_ENDED, icon=":material/link_off:")


def why(what: str) -> str:
    """Return why something is hidden; `what` is the sentence up to and including its verb, such as `Images are`."""
    return f"{ICON} {what} shown only to the owner of this data: it is private."


def say(what: str) -> None:
    """Draw a caption that says why something is hidden."""
    st.caption(why(what))
