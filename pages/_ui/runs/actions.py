"""Actions on a run, the same on Home and in the studio."""

from __future__ import annotations

import streamlit as st

from core.analysis.finding import Finding
from core.errors import GlassboxError
from core.families import find_family
from core.jobs import resume_training, submit_training
from core.jobs.repeat import run_again
from core.jobs.steer import pause_training
from core.runs.publishing import is_to_be_asked, publish_run
from core.runs.run_settings import RunSettings, settings_of
from core.store import Run, Status
from core.store.nicknames import LONGEST_NICKNAME
from core.store.runs.changes import LONGEST_NAME, LONGEST_NOTE
from pages._ui.compare.chosen import compare_with_chosen
from pages._ui.form.reuse_settings import ask_for_settings
from pages._ui.runs.marks import colour_field, tags_field
from pages._ui.runs.opened import show_run
from pages._ui.runs.publish_dialog import TITLE, publish_form
from pages._ui.shell import owner, privacy, shell
from pages._ui.shell.views import studio_page

EDIT, PUBLISH, UNPUBLISH, USE, DELETE = "Name, note, tags", "Publish", "Unpublish", "Use these settings", "Delete"
COMPARE, AGAIN = "Compare", "Run again, same seed"
PAUSE, RESUME, STOP = "Pause", "Resume", "Stop"
_STEERING = {
    Status.RUNNING: (PAUSE, STOP),
    Status.PAUSED: (RESUME, STOP),
    Status.QUEUED: (STOP,),
    Status.STOPPED: (RESUME,),
    Status.LOST: (RESUME,),
}
NICKNAME = "nickname"  # subject of the dialog that is not about a run
_OPEN = "_run_dialog"
_PUBLISHES = "_run_dialog_publishes"  # whether that dialog asks about publishing


def star_button(run: Run) -> None:
    """Draw the star button of the visitor's own run."""
    label, does = ("★", "Remove the star") if run.starred else ("☆", "Star this run to list it first")
    st.button(label, key=f"star_{run.id}", type="tertiary", help=does, on_click=_star, args=(run.id, not run.starred))


def menu(run: Run, *, in_list: bool = False) -> None:
    """Draw the menu of the visitor's own run; in a list also what steers it."""
    options = [COMPARE, EDIT, UNPUBLISH if run.published else PUBLISH, USE, *([DELETE] if run.status.is_final else [])]
    if run.status is Status.SUCCEEDED and privacy.can_train(run.dataset):
        options.insert(-1, AGAIN)
    if in_list and find_family(str(run.family)).is_trained_here:  # the studio has buttons
        options = [*_STEERING.get(run.status, ()), *options]
    key = f"menu_{run.id}"
    st.menu_button(
        "More",
        options,
        key=key,
        type="tertiary",
        on_click=_take,
        args=(run, key),
    )


def use_button(run: Run) -> None:
    """Draw the button that anyone may use on a run that is trained here."""
    if not find_family(str(run.family)).is_trained_here:
        return
    st.button(USE, icon=":material/tune:", key=f"use_{run.id}", on_click=use_settings, args=(run,))


def repeat_button(run: Run) -> None:
    """Draw the button that trains a run that failed once more, for those who may use its data."""
    if not privacy.can_train(run.dataset):
        return
    st.button(
        "Train again",
        icon=":material/replay:",
        key="run_repeat",
        on_click=_repeat,
        args=(run,),
        help="Starts a new run of yours with the same settings.",
    )


def undo_button(run_id: str) -> None:
    """Draw the button that restores a deleted run."""
    st.button("Undo", icon=":material/undo:", key=f"undo_{run_id}", on_click=_undo, args=(run_id,))


def use_settings(run: Run) -> None:
    """Fill the form with a run's settings, without opening the run."""
    ask_for_settings(run)
    st.switch_page(studio_page(run.family))


def ask_nickname() -> None:
    """Open the dialog for the visitor's nickname."""
    st.session_state[_OPEN] = NICKNAME
    st.rerun()


def draw_dialog() -> None:
    """Draw the open dialog, if any; call it outside fragments, whose reruns would close it."""
    subject, publishes = st.session_state.get(_OPEN), st.session_state.get(_PUBLISHES)
    if subject is not None and shell.has_arrived():
        _close()
    elif subject == NICKNAME:
        st.dialog("Your name for others", on_dismiss=_close)(_nickname_form)()
    elif subject is not None:
        try:
            run = shell.store().runs.get(subject)
        except GlassboxError:  # it has just been deleted elsewhere
            _close()
            return
        if publishes:
            st.dialog(TITLE, on_dismiss=_close)(publish_form)(run, _close)
        else:
            st.dialog("Name, note and tags", on_dismiss=_close)(_edit_form)(run)


def _edit_form(run: Run) -> None:
    shell.say()
    with st.form(f"dialog_{run.id}", border=False):
        st.text_input("Name", run.name, key=f"dialog_name_{run.id}", max_chars=LONGEST_NAME)
        st.text_area(
            "Note",
            run.note,
            key=f"dialog_note_{run.id}",
            max_chars=LONGEST_NOTE,
            help="What you want to remember about this run.",
        )
        tags_field(f"dialog_tags_{run.id}", run.tag_names, shell.store().runs.tags_of(owner.actor()))
        colour_field(f"dialog_colour_{run.id}", run.colour)
        st.form_submit_button("Save", type="primary", on_click=_save, args=(run.id,))


def _nickname_form() -> None:
    shell.say()
    with st.form("dialog_nickname_form", border=False):
        known = shell.store().people.nickname(owner.actor())
        st.text_input("Name", known, key="dialog_nickname", max_chars=LONGEST_NICKNAME)
        st.caption("Others see it beside the runs that you publish. Leave it empty to stay anonymous.")
        st.form_submit_button("Save", type="primary", on_click=_call)


# Callbacks; each reruns the whole page, since other parts of it may show the run too


def _take(run: Run, key: str) -> None:
    chosen = st.session_state.get(key)
    if chosen == EDIT:
        st.session_state[_OPEN] = run.id
    elif chosen == COMPARE:
        compare_with_chosen(run.id)
    elif chosen == USE:
        use_settings(run)
    elif chosen == AGAIN:
        _run_again(run)
    elif chosen == PUBLISH and is_to_be_asked(shell.store(), run):
        st.session_state[_OPEN], st.session_state[_PUBLISHES] = run.id, True
    elif chosen == PUBLISH:
        with shell.remember():
            publish_run(shell.store(), run.id, owner.actor())
    elif chosen == UNPUBLISH:
        with shell.remember():
            shell.store().runs.publish(run.id, False, owner.actor())
    elif chosen in (PAUSE, RESUME, STOP):
        with shell.remember():
            _steer(run, str(chosen))
    elif chosen == DELETE:
        with shell.remember():
            shell.store().runs.delete(run.id, owner.actor())
    st.rerun()


def _steer(run: Run, chosen: str) -> None:
    if chosen == PAUSE:
        pause_training(shell.store(), run.id, owner.actor())
    elif chosen == RESUME:
        resume_training(shell.store(), run.id, owner.actor())
    else:
        shell.store().runs.stop(run.id, owner.actor())


def _star(run_id: str, on: bool) -> None:
    with shell.remember():
        shell.store().runs.star(run_id, on, owner.actor())


def _undo(run_id: str) -> None:
    with shell.remember():
        shell.store().runs.undelete(run_id, owner.actor())
    st.rerun()


def _save(run_id: str) -> None:
    runs, state = shell.store().runs, st.session_state
    with shell.remember():
        runs.rename(run_id, state[f"dialog_name_{run_id}"], owner.actor())
        runs.annotate(run_id, state[f"dialog_note_{run_id}"], owner.actor())
        runs.tag(run_id, state[f"dialog_tags_{run_id}"], owner.actor())
        runs.colour(run_id, state[f"dialog_colour_{run_id}"], owner.actor())
        _close()
    st.rerun()


def _call() -> None:
    with shell.remember():
        shell.store().people.call(owner.actor(), st.session_state["dialog_nickname"])
        _close()
    st.rerun()


def _close() -> None:
    for key in (_OPEN, _PUBLISHES):
        st.session_state.pop(key, None)


def _repeat(run: Run) -> None:
    with shell.remember():
        _train(settings_of(run), run.name, derived_from=run.id)
    st.rerun()


def _run_again(run: Run) -> None:
    """Queue the same settings, data and seed, and open that run."""
    with shell.remember():
        new = run_again(shell.store(), run, owner.actor())
        st.switch_page(studio_page(new.family), query_params={"run": new.id})


def train_again(run: Run, finding: Finding) -> None:
    """Train a run again with the fix of a finding; call it in a callback."""
    with shell.remember():
        new = settings_of(run, finding.fix)
        title = new.family.title if new.preset.shows_fault else new.preset.title
        _train(new, f"{title} with {finding.changes}", derived_from=run.id)
    st.rerun()


def _train(these: RunSettings, name: str, derived_from: str | None = None) -> None:
    """Queue a run of these settings and show it."""
    store, me, preset = shell.store(), owner.actor(), these.preset
    run = submit_training(
        store,
        these.family,
        these.config,
        these.dataset,
        me,
        preset=preset,
        name=name,
        once=True,
        derived_from=derived_from,
    )
    ask_for_settings(run)
    show_run(run)
