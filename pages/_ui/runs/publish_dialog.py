"""Ask before a run on private data is published."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.runs.publishing import may_publish_data, publish_run
from core.store import Run
from pages._ui.shell import owner, shell, words

TITLE = "Publish a run on private data?"


def publish_form(run: Run, close: Callable[[], None]) -> None:
    """Say what everyone will see, and ask."""
    shell.say()
    kind = shell.data_kind(run.dataset)
    st.markdown(
        f"This run learned from **{words.plain(shell.data_title(run.dataset))}**, which is private. Everyone will see "
        "the run's numbers, curves and settings, the network's kernels, and the names of the data and its classes. "
        f"Everyone can try the network on their own pictures.\n\nUnless you publish the data too, only its owner sees "
        f"the {kind} and anything that shows or could repeat them."
    )
    with st.container(horizontal=True, key="publish_choices"):
        st.button("Publish the run", key="publish_run", type="primary", on_click=_publish, args=(run.id, False, close))
        if may_publish_data(shell.store(), run, owner.actor()):
            label, does = f"Publish run and {kind}", f"Everyone sees the {kind} and may train on them."
            st.button(label, key="publish_both", help=does, on_click=_publish, args=(run.id, True, close))
        st.button("Keep it private", key="publish_not", type="tertiary", on_click=_close, args=(close,))


def _publish(run_id: str, with_data: bool, close: Callable[[], None]) -> None:
    with shell.remember():
        publish_run(shell.store(), run_id, owner.actor(), agreed=True, with_data=with_data)
        close()
    st.rerun()


def _close(close: Callable[[], None]) -> None:
    close()
    st.rerun()
