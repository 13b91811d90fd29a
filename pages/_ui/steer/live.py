"""Pause and step a run, and change its settings while it trains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st

from core.config import Bounded
from core.errors import GlassboxError
from core.families import config_of, find_family
from core.jobs.steer import pause_training, steer_training, step_training
from core.steering.dials import dials_of, values_at
from core.steering.record import Change
from core.store import Run, Status
from pages._ui.shell import owner, shell

UPDATE, EPOCH = "One update", "One epoch"
_SHARES = 20  # of a linear scale


def offer_pause(run: Run) -> None:
    """Draw Pause, Step and the live settings of a run that trains or is paused; nothing for others."""
    is_over = run.progress.get("phase") == "testing"
    if run.status not in (Status.RUNNING, Status.PAUSED) or is_over or not find_family(str(run.family)).is_trained_here:
        return
    _dials(run)
    pending = [control.kind for control in shell.store().runs.pending(run.id)]
    key = f"run_step_{run.id}"
    st.menu_button(
        "Step",
        [UPDATE, EPOCH],
        icon=":material/skip_next:",
        key=key,
        disabled="step" in pending,
        help="Makes one update, or completes one epoch, and then pauses.",
        on_click=_step,
        args=(run.id, key),
    )
    if run.status is Status.RUNNING:
        st.button(
            "Pausing" if "pause" in pending else "Pause",
            icon=":material/pause:",
            key="run_pause",
            disabled="pause" in pending,
            help="Saves everything and frees the server. Resume goes on exactly there, whenever you like.",
            on_click=_pause,
            args=(run.id,),
        )


def _dials(run: Run) -> None:
    config, changes = config_of(run), run.steered.changes
    dials = dials_of(config)
    if not dials:
        return
    now = values_at(config, changes)
    helps = "Changes the run from its next update on. Each change is marked on the curves and kept with the run."
    with st.popover("Adjust", icon=":material/tune:", key="run_adjust", help=helps):
        for name, field in dials.items():
            _dial(run, name, field, now[name])
        st.caption(_last(run, changes, dials))


def _dial(run: Run, name: str, field: Bounded, value: float) -> None:
    """Draw one slider; a new one where the setting was changed elsewhere, as the old one sends its own value."""
    memory = f"_dial_{run.id}_{name}"
    shown, number = st.session_state.get(memory, (value, 0))
    if shown != value and st.session_state.get(_dial_key(run, name, number)) != value:
        number += 1
    st.session_state[memory] = value, number
    key = _dial_key(run, name, number)
    st.select_slider(
        field.label,
        sorted({*_places(field), value, float(st.session_state.get(key, value))}),
        value=value,
        key=key,
        format_func=field.say,
        help=field.help,
        on_change=_turn,
        args=(run.id, name, key),
    )


def _dial_key(run: Run, name: str, number: int) -> str:
    return f"dial_{name}_{run.id}_{number}"


def _places(field: Bounded) -> Sequence[float]:
    """Return the values that a slider stops at: 1, 2 and 5 times each power of ten, or even steps."""
    if field.scale != "log":
        return [round(field.low + (field.high - field.low) * place / _SHARES, 10) for place in range(_SHARES + 1)]
    powers = range(math.floor(math.log10(field.low or field.step or 1e-5)), math.ceil(math.log10(field.high)) + 1)
    found = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    return [*([0.0] if not field.low else []), *(value for value in found if field.low <= value <= field.high)]


def _last(run: Run, changes: Sequence[Change], dials: dict[str, Bounded]) -> str:
    """Say what was changed last, or that something is about to be."""
    if any(control.kind == "set" for control in shell.store().runs.pending(run.id)):
        return "It takes this over after the updates that it makes now."
    if not changes:
        return "Nothing was changed so far."
    last, config = changes[-1], config_of(run)
    before = values_at(config, changes[:-1])[last.name]
    field = dials[last.name]
    return f"Step {last.step:,}: {field.label.lower()} {field.say(before)} → {field.say(last.value)}"


# Callbacks; an error, such as that the run has just ended, is only a toast


def _turn(run_id: str, name: str, key: str) -> None:
    if key in st.session_state:
        _try(lambda: steer_training(shell.store(), run_id, owner.actor(), name, float(st.session_state[key])))


def _pause(run_id: str) -> None:
    _try(lambda: pause_training(shell.store(), run_id, owner.actor()))


def _step(run_id: str, key: str) -> None:
    epochs = int(st.session_state.get(key) == EPOCH)
    _try(lambda: step_training(shell.store(), run_id, owner.actor(), epochs=epochs))


def _try(ask: Callable[[], object]) -> None:
    try:
        ask()
    except GlassboxError as error:
        st.toast(shell.told(error))
