"""The Train button: queue one run per click, and offer an existing run before queuing a copy."""

from __future__ import annotations

import time
from enum import StrEnum

import streamlit as st

from core.errors import LimitError, RunError
from core.families import Family
from core.jobs import submit_training
from core.jobs.branch import branch_training
from core.jobs.submit import same_run
from core.runs.sharing.lesson import Lesson
from core.steering.link import Wish
from core.store import Run, Status
from pages._ui.form.choices import Choices
from pages._ui.form.reuse_settings import set_source, source_of
from pages._ui.notebook.guess import forget_guesses, guesses_of
from pages._ui.runs.opened import show_run
from pages._ui.shell import owner, shell, words

ONE_CLICK_S = 2.0  # further clicks within this time count as the same click
_FULL = "_has_enough"  # whether the visitor's limit refused the last click


class Ask(StrEnum):
    """Which button was pressed."""

    TRAIN = "train"
    ANOTHER = "another"


def ask(family: Family, what: Ask = Ask.TRAIN) -> None:
    """Remember the click and rerun the whole page; a setting sent with the click reruns only its fragment."""
    st.session_state[f"_{family.id}_train"] = what
    st.rerun()


def asked_for(family: Family, chosen: Choices) -> Ask | None:
    """Return the pending click, if it can be carried out.

    The next click may interrupt a script run anywhere, so a click is forgotten only after it is carried out.
    """
    if chosen.trouble or shell.has_arrived():  # a click that somebody left the page with is none
        _forget(family)
    return st.session_state.get(f"_{family.id}_train")


def train(family: Family, chosen: Choices, asked: Ask, lesson: Lesson | None, wish: Wish | None = None) -> None:
    """Queue a run and show it; offer an identical run that waits or trains instead.

    Args:
        family: Family of the network.
        chosen: Valid settings.
        asked: The button that was pressed.
        lesson: The lesson that the form is used in.
        wish: Where the run is to start; None for random weights.
    """
    heeded, offered = f"_{family.id}_heeded", f"_{family.id}_offered"
    is_late = time.monotonic() - st.session_state.get(heeded, float("-inf")) < ONE_CLICK_S
    same = None if wish else _same(family, chosen)
    if same is not None and not is_late and asked is Ask.TRAIN:
        st.session_state[offered] = same.id
        _forget(family)
        st.rerun()
    with shell.remember():
        once = is_late or asked is Ask.TRAIN
        st.session_state[heeded] = time.monotonic()  # an interrupted run submits again; `once` finds the run
        try:
            run = (
                _branch(family, chosen, wish)
                if wish
                else submit_training(
                    shell.store(),
                    family,
                    chosen.config,
                    chosen.dataset,
                    owner.actor(),
                    preset=chosen.preset,
                    once=once,
                    derived_from=source_of(family.id),
                    guesses=guesses_of(family, chosen),
                    lesson=lesson,
                )
            )
            forget_guesses(family)
            set_source(family.id, run.id)
        except LimitError:
            st.session_state[_FULL] = True
            raise
        st.session_state.pop(offered, None)
        show_run(run)
    _forget(family)
    st.rerun()


def _branch(family: Family, chosen: Choices, wish: Wish) -> Run:
    parent = shell.store().runs.get(wish.run)
    if chosen.dataset != parent.dataset:
        raise RunError("this run cannot start there: it is to learn other data", fix="Choose the same data.")
    return branch_training(
        shell.store(),
        parent.id,
        owner.actor(),
        at=wish.step,
        config=chosen.config,
        edits=wish.edits,
        frozen=wish.frozen,
        guesses=guesses_of(family, chosen),
    )


def _forget(family: Family) -> None:
    st.session_state.pop(f"_{family.id}_train", None)


def answer(family: Family, chosen: Choices, shown: Run | None) -> None:
    """Show why a click was refused, or offer an identical run while there is one.

    Args:
        family: Family of the network.
        chosen: The settings.
        shown: The run that the page shows, if any.
    """
    shell.say()
    if st.session_state.pop(_FULL, False):
        st.page_link("pages/home.py", label="My runs, on Home", icon=":material/arrow_forward:")
    offered = f"_{family.id}_offered"
    if offered not in st.session_state:
        return
    same = None if chosen.trouble else _same(family, chosen)
    if same is None or shell.has_arrived():
        del st.session_state[offered]
        return
    is_shown = shown is not None and shown.id == same.id
    state = "is already waiting" if same.status is Status.QUEUED else "is already training"
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="same_run"):
        st.markdown(
            f":material/content_copy: **The same run {state}{', below' if is_shown else ''}:** {words.plain(same.name)}"
        )
        if not is_shown:
            st.button("Open it", key="open_same", type="primary", on_click=_open, args=(offered, same))
        st.button("Train another", key="train_another", on_click=ask, args=(family, Ask.ANOTHER))


def _same(family: Family, chosen: Choices) -> Run | None:
    return same_run(shell.store(), family, chosen.config, chosen.dataset, owner.actor())


def _open(offered: str, run: Run) -> None:
    st.session_state.pop(offered, None)
    show_run(run)
    st.rerun()
