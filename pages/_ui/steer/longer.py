"""Train a run that has ended for longer."""

from __future__ import annotations

import math

import streamlit as st

from core.families import find_family
from core.jobs.branch import continue_training
from core.store import Run
from pages._ui.form.reuse_settings import ask_for_settings
from pages._ui.runs.opened import show_run
from pages._ui.shell import owner, privacy, shell

MOST = 200  # epochs to offer
_EPOCHS = "longer_epochs"


def offer_longer(run: Run) -> None:
    """Offer to go on with a run that has ended, to those who may use its data."""
    if not privacy.can_train(run.dataset) or not find_family(str(run.family)).is_trained_here:
        return
    helps = "Starts a run of yours where this one ended, optimiser and all. This one stays as it is."
    with st.popover("Train longer", icon=":material/resume:", key="run_longer", help=helps):
        before = max(1, min(MOST, math.ceil(run.progress.get("epochs") or 1)))
        st.number_input(
            "More epochs",
            1,
            MOST,
            before,
            key=_EPOCHS,
            help="Passes over the training examples to come. Few: little changes. Many: it may overfit.",
        )
        st.button("Train", type="primary", key="run_train_on", on_click=_train, args=(run,))


def _train(run: Run) -> None:
    with shell.remember():
        new = continue_training(shell.store(), run.id, owner.actor(), epochs=int(st.session_state[_EPOCHS]))
        ask_for_settings(new)
        show_run(new)
    st.rerun()
