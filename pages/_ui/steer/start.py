"""Let the form's next run start from a saved moment of another run."""

from __future__ import annotations

import streamlit as st

from core.errors import GlassboxError
from core.layers import trace
from core.steering.link import Wish
from core.steering.record import STATE, Edit
from core.steering.start import start_at
from core.store import Run
from pages._ui.form.choices import Choices
from pages._ui.form.form import Form
from pages._ui.shell import shell, words

_TAKES = {STATE: "It goes on with all that is saved there: weights, optimiser and random draws."}
_WEIGHTS = "It takes the weights over; the optimiser begins anew, as only the weights are saved there or fit."


def draw_start(form: Form, chosen: Choices) -> None:
    """Say where the next run starts, and let layers be frozen; nothing if it starts at random weights."""
    wish = form.wish
    if wish is None:
        return
    with st.container(border=True, gap="xsmall", key="form_start"):
        try:
            run = shell.store().runs.get(wish.run)
            st.markdown(f":material/alt_route: **Starts from step {wish.step:,}** of {words.name(run.name)}")
            for edit in wish.edits:
                st.caption(f"{_place_of(edit)} is set to {edit.value:g}.")
            _freeze(form, chosen, wish)
            st.caption(_what_it_takes(run, chosen, wish))
        except GlassboxError as error:
            st.warning(shell.told(error))
        st.button(
            "Random weights instead",
            icon=":material/close:",
            type="tertiary",
            key="form_start_leave",
            help="Keeps the settings, but the next run begins with random weights.",
            on_click=form.wish_for,
            args=(None,),
        )


def _place_of(edit: Edit) -> str:
    """Name a weight as the graph does, whose units count from 1; one that no graph shows by its place in its tensor."""
    layer, _, kind = edit.tensor.rpartition("/")
    match kind, edit.index:
        case "kernel", (source, unit):
            return f"The weight of input {source + 1} to {layer} · {unit + 1}"
        case "bias", (unit,):
            return f"The bias of {layer} · {unit + 1}"
    return f"`{edit.tensor}` {list(edit.index)}"


def _what_it_takes(run: Run, chosen: Choices, wish: Wish) -> str:
    if chosen.dataset != run.dataset:
        return "It cannot start there: weights of one data set do not fit another. Choose the same data."
    if chosen.trouble:  # which is said below
        return ""
    start = start_at(shell.store(), run, chosen.config, at=wish.step, edits=wish.edits, frozen=wish.frozen)
    return _TAKES.get(start.kind, _WEIGHTS)


def _freeze(form: Form, chosen: Choices, wish: Wish) -> None:
    networks = [drawn.spec for drawn in chosen.networks]
    costs = [cost for network in networks for cost in trace(network.specs, network.input_shape) if cost.parameters]
    names = list(dict.fromkeys(cost.spec.seen_as for cost in costs))
    key = f"form_start_frozen_{wish.run}_{wish.step}"
    st.multiselect(
        "Frozen layers",
        names,
        default=[name for name in wish.frozen if name in names],
        key=key,
        placeholder="None",
        help="Layers that keep their weights. None: all learn. All but the last: only the answer is learned.",
        on_change=_take_frozen,
        args=(form, key),
    )


def _take_frozen(form: Form, key: str) -> None:
    wish = form.wish
    if wish is not None and key in st.session_state:
        form.wish_for(Wish(wish.run, wish.step, wish.edits, tuple(st.session_state[key])))
