"""Show a run's state and its actions."""

from __future__ import annotations

import time

import streamlit as st

from core.errors import GlassboxError
from core.families import config_of, find_family
from core.jobs import resume_training
from core.jobs.submit import full_name
from core.runs.notebook.guesses import outcomes
from core.store import Run, Status
from core.store.records import IMPORTED, LOCAL, LOGGED, SERVER
from pages._ui.runs import actions
from pages._ui.runs.advice import advise
from pages._ui.runs.again import draw_again
from pages._ui.share import imported
from pages._ui.shell import owner, shell, words
from pages._ui.shell.views import LIVE, RESULTS, studio_views
from pages._ui.steer.live import offer_pause
from pages._ui.steer.longer import offer_longer

STARTING = "Starting: TensorFlow is loading, about 10 s"
STALL_S = 60.0  # without a step before the page says so


def show_state(run: Run, *, has_menu: bool, is_watched: bool) -> None:
    """Draw the box with a run's state and actions.

    Args:
        run: The run in its current state.
        has_menu: Whether to draw the star and the menu.
        is_watched: Whether its curves are shown below instead of its results.
    """
    shell.say()
    result = find_family(str(run.family)).result(run.summary)
    value = run.summary.get(result.key) if run.status.is_final else None
    state = (STARTING if _is_starting(run) else words.state(run, shell.queue)) + (
        "" if value is None else f": {result.say(value)}"
    )
    with st.container(border=True, gap="xsmall", key="run_state"):
        with st.container(horizontal=True, vertical_alignment="center", key="run_head"):
            details = "".join(f" · {part}" for part in _details(run))
            first, name = f"{words.icon(run)} **{state}** :gray[{details}]", f":gray[{words.plain(run.name)}]"
            st.markdown(f"{first}  \n{name}", width="stretch", help=_in_full(run))
            if has_menu and is_watched and (value is not None or run.status is Status.DIVERGED):
                st.button(
                    "See results",
                    icon=":material/query_stats:",
                    key="run_results",
                    on_click=_see_results,
                    args=(str(run.family),),
                )
            _buttons(run, has_menu=has_menu)
        if run.note:
            st.caption(words.plain(run.note))
        if run.origin == IMPORTED:
            st.caption(f":material/move_to_inbox: {imported.told(run)}")
        if not run.status.is_final:
            st.progress(run.share_done)
        if run.status is Status.QUEUED and (run.after or shell.queue().wait(run).ahead):  # else it begins at once
            st.caption(_waiting_for(run))
        if _is_stopping(run):
            st.caption("It stops after this update. What it has learned by then is tested and kept.")
        if not run.status.is_final and not shell.store().runs.may(run, owner.actor()):
            st.caption(_who_may_stop(run))
        if run.summary.get("ended_by"):
            st.caption(words.ended(run))
        for outcome in outcomes(shell.store(), run, owner.actor()):
            st.markdown(f":material/edit_note: {words.plain(outcome.sentence)}")
        if run.error:
            show = st.error if run.status in (Status.FAILED, Status.DIVERGED) else st.info
            show(shell.told(run.error))
        advise(run)
        draw_again(run)


def _is_starting(run: Run) -> bool:
    """Return whether a run waits for nothing but a worker that still loads TensorFlow."""
    if run.status is not Status.QUEUED or run.after or shell.queue().wait(run).ahead:
        return False
    return not shell.is_ready("train")


def _buttons(run: Run, *, has_menu: bool) -> None:
    runs, actor = shell.store().runs, owner.actor()
    if run.status is Status.SUCCEEDED or (run.status is Status.STOPPED and _is_over(run)):
        offer_longer(run)
    elif run.status is Status.FAILED:
        actions.repeat_button(run)
    if not runs.may(run, actor):
        actions.use_button(run)
        return
    if not run.status.is_final:
        asked = _is_stopping(run)
        label = "Stopping" if asked else "Stop"
        offer_pause(run)
        if run.status is Status.PAUSED:
            _resume_button(run)
        st.button(label, icon=":material/stop:", key="run_stop", disabled=asked, on_click=_try, args=("stop", run.id))
    elif can_resume(run):
        _resume_button(run)
    if has_menu:
        actions.star_button(run)
        actions.menu(run)


def _resume_button(run: Run) -> None:
    st.button("Resume", icon=":material/play_arrow:", key="run_resume", on_click=_try, args=("resume", run.id))


def _is_stopping(run: Run) -> bool:
    return any(control.kind == "stop" for control in shell.store().runs.pending(run.id))


def _see_results(family_id: str) -> None:
    studio_views(family_id).show(RESULTS)
    st.rerun()


def _try(verb: str, run_id: str) -> None:
    """Stop or resume; an error, such as that the run has just ended, is only a toast."""
    try:
        if verb == "stop":
            shell.store().runs.stop(run_id, owner.actor())
        else:
            run = resume_training(shell.store(), run_id, owner.actor())
            studio_views(str(run.family)).show(LIVE)
    except GlassboxError as error:
        st.toast(shell.told(error))


def can_resume(run: Run) -> bool:
    """Return whether a run has ended with work left to do."""
    return run.status in (Status.STOPPED, Status.LOST) and run.origin != IMPORTED and not _is_over(run)


def _is_over(run: Run) -> bool:
    is_trained = run.progress.get("step", 0) >= run.progress.get("total_steps", 1)
    return is_trained and find_family(str(run.family)).is_measured(run.summary)


def _in_full(run: Run) -> str | None:
    """Return all settings that differ from the preset of a run; None if its name says them."""
    preset = find_family(str(run.family)).presets.get(str(run.preset))
    full = full_name(config_of(run), preset) if preset else ""
    return words.plain(full) if preset and full != preset.title else None


def _details(run: Run) -> list[str]:
    """Return how fast a run trains, how long it takes, and on what."""
    progress, parts = run.progress, []
    is_training = run.status is Status.RUNNING and progress.get("phase") == "training"
    if run.status is Status.QUEUED:
        return []
    if is_training and progress.get("left_s") is not None:
        parts.append(f"{words.duration(progress['left_s'])} left")
    if run.status.is_final and run.summary.get("fit_s"):
        parts.append(f"trained for {words.duration(run.summary['fit_s'])}")
    if progress.get("images_per_s") and (is_training or run.status.is_final):
        parts.append(f"{progress['images_per_s']:,} {shell.data_kind(run.dataset)}/s")
    if run.device:
        parts.append(run.device)
    if run.status is Status.RUNNING and (stalled := _stalled_s(run)) > STALL_S:
        parts.append(f"no step for {words.duration(stalled)}, but its worker is alive")
    return parts


def _who_may_stop(run: Run) -> str:
    """Return why a visitor cannot stop a run."""
    if run.owner == SERVER:
        return "This server trains it once for all visitors, so nobody has to stop it: it gives way to every other run."
    if run.origin == LOGGED:
        return "A script on this server's machine trains it, and is stopped there: `python -m core stop` or Ctrl-C."
    by = "It was started on the command line, where it can be stopped." if run.owner == LOCAL else ""
    return by or "Only the visitor who started it can stop it."


def _waiting_for(run: Run) -> str:
    if run.after and shell.store().runs.get(run.after).status is not Status.SUCCEEDED:
        return "The data is being prepared, once for all runs."
    return "It starts as soon as the server is free. You can close this page; its link opens the run again."


def _stalled_s(run: Run) -> float:
    """Return for how many seconds this visit has seen no new step."""
    now, key = time.monotonic(), f"_seen_{run.id}"
    step, since = st.session_state.get(key, ("not seen yet", now))
    if step != run.progress.get("step"):
        step, since = run.progress.get("step"), now
    st.session_state[key] = (step, since)
    return now - since
