"""Follow a run: keep its state, curves and snapshots up to date until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.jobs import ensure_foreman
from core.store import Run, Status
from pages._ui.runs import curves
from pages._ui.runs.metrics_cache import points_of
from pages._ui.runs.state import can_resume, show_state
from pages._ui.runs.watchers import pace_s, watching
from pages._ui.shell import owner, shell

SOON_S = 0.25  # between updates of the curves until the first trained point is on the screen
EARLY_S = 0.4  # between updates of the rest until then
CALM_S = 1.0  # between later updates
LONG, LONG_S = 10.0, 2.0  # after this long in training, updates are this far apart


def follow(
    run: Run, *, show: Callable[[Run], None] | None = None, is_watched: bool = True, has_menu: bool = True
) -> None:
    """Show a run and keep it up to date until it has ended.

    Args:
        run: The run in its current state.
        show: Draws the content below its state, such as its curves; None for nothing.
        is_watched: Whether the page shows the run at work, not its results.
        has_menu: Whether to draw its actions here.
    """
    curves.send_anew()
    interval = _interval(run, soon=show is not None)
    drawn = _phase(run), shell.is_disk_full()

    @st.fragment(run_every=interval)
    def body() -> None:
        with shell.guard():
            ensure_foreman(shell.store().settings)  # restart a foreman that has ended
            now = shell.store().runs.get(run.id)
            if (_phase(now), shell.is_disk_full()) != drawn:
                st.rerun()
            show_state(now, has_menu=has_menu, is_watched=is_watched)
            if is_watched and not has_begun(now):
                st.info(_never_began(now), icon=":material/hourglass_disabled:")
            elif show is not None:
                show(now)

    with st.container():
        body()


def follow_part(
    run: Run,
    show: Callable[[Run], None],
    *,
    key: str,
    live_s: float | None = None,
    at_once: bool = False,
    soon: bool = False,
) -> None:
    """Show a part of what there is of a run; `follow` draws the whole page anew when the run's state changes.

    Args:
        run: The run as it is now.
        show: Draws the part.
        key: Of its fragment.
        live_s: How often it is looked at while the run trains, less often if many watch; by default as often as the
            run's state.
        at_once: Whether so often before the first trained point too; by default the curves' first points go first.
        soon: Whether it is looked at more often until there is a first trained point.
    """

    is_early = live_s is not None and _is_early(run)
    waits = is_early and not at_once
    is_live = live_s is not None and (is_early or run.status is Status.RUNNING) and not waits
    pace = pace_s(live_s or 0.0, watching(run.id)) if is_live else _interval(run, soon=soon)
    interval = None if waits else pace

    def body() -> None:
        with shell.guard():
            if is_live and pace_s(live_s or 0.0, watching(run.id)) != interval:
                st.rerun()
            show(shell.store().runs.get(run.id))

    with st.container():  # keeps its place even if Streamlit drops its messages for a newer run of the fragment
        st.fragment(body, run_every=interval, key=key)()


def has_begun(run: Run) -> bool:
    """Return whether a run has, or will have, something to show."""
    metrics = shell.store().metrics
    return not run.status.is_final or bool(metrics.snapshots(run.id) or points_of(run.id, run.generation).since(0))


def _never_began(run: Run) -> str:
    """Return why there are no curves and no pictures, and what to do."""
    was = "stopped before it began" if run.status is Status.STOPPED else "over before its first step"
    may_resume = can_resume(run) and shell.store().runs.may(run, owner.actor())
    again = "**Resume** queues it again unchanged. " if may_resume else ""
    return f"This run was {was}, so there is nothing to show. {again}**Train** starts a new run with these settings."


def _interval(run: Run, *, soon: bool) -> float | None:
    """Return the seconds between two looks at a run; None once it has ended."""
    if run.status.is_final:
        return None
    if _is_early(run):
        return SOON_S if soon else EARLY_S
    return LONG_S if _is_long(run) else CALM_S


def _phase(run: Run) -> tuple[Any, ...]:
    """Return what the page's layout and update interval depend on."""
    is_early = _is_early(run)  # waiting for a free worker and training are then drawn alike
    is_waiting = run.status is Status.QUEUED and not is_early
    return run.status.is_final, run.status is Status.PAUSED, is_early, _is_long(run), run.generation, is_waiting


def _is_long(run: Run) -> bool:
    return run.status is Status.RUNNING and run.started is not None and time.time() - run.started > LONG


def _is_early(run: Run) -> bool:
    if run.status is Status.QUEUED:
        return not shell.queue().wait(run).ahead
    return run.status is Status.RUNNING and points_of(run.id, run.generation).is_early()
