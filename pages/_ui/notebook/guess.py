"""Beside Train: write down what one expects, folded away from those who do not."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.families import Family
from core.names import shortened
from core.runs.notebook.guessable import Guessable, guessable, rivals_of
from core.store import Run
from core.store.records import NewGuess
from pages._ui.form.choices import Choices
from pages._ui.shell import owner, shell, words

PERCENT = 100
_NUMBER = "_guess_number"  # grows when guesses are kept or forgotten: the form is then folded, with new fields
_WINNERS = {True: "This run wins", False: "That run wins"}


def guesses_of(family: Family, chosen: Choices) -> list[NewGuess]:
    """Return the guesses about the next run; none if they were made for other data."""
    dataset, guesses = st.session_state.get(_kept(family), ("", []))
    return guesses if dataset == chosen.dataset else []


def forget_guesses(family: Family) -> None:
    """Forget the guesses: they are stored with a run, and the next one has its own."""
    if st.session_state.pop(_kept(family), None):
        _renew()


def offer_guess(family: Family, chosen: Choices) -> None:
    """Draw the button that shows the guesses about the next run, and the form behind it."""
    kinds, known = guessable(family, chosen.spec), guesses_of(family, chosen)
    with st.popover(
        _said(kinds, known),
        key=_key("form"),
        type="tertiary",
        width="stretch",
        icon=":material/edit_note:",
        disabled=bool(chosen.trouble),
    ):
        st.markdown(
            "**What will come of it?** Write it down before you train; the end is held against it. Until then nobody "
            "else sees your guess."
        )
        with st.form("guess_form", border=False):
            for kind in kinds:
                _value(kind, known)
            if rivals := rivals_of(shell.store(), family, chosen.data, owner.actor()):
                _rival(rivals, known)
            given = (family, chosen.dataset, kinds)
            st.form_submit_button("Write it down", type="primary", on_click=_keep, args=given)


def _kept(family: Family) -> str:
    return f"_{family.id}_guesses"


def _key(name: str) -> str:
    return f"guess_{name}-{st.session_state.get(_NUMBER, 0)}"


def _renew() -> None:
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1


def _said(kinds: Sequence[Guessable], known: Sequence[NewGuess]) -> str:
    """Return the button's label: the guesses, if there are any."""
    if not known:
        return "Guess first"
    by_key = {kind.key: kind for kind in kinds}
    said = [by_key[one.key].say(one.value) for one in known if one.value is not None]
    said += ["it wins" if one.wins else "it loses" for one in known if one.rival]
    return words.plain(f"Your guess: {', '.join(said)}")


def _value(kind: Guessable, known: Sequence[NewGuess]) -> None:
    scale = PERCENT if kind.is_share else 1
    value = next((scale * one.value for one in known if one.key == kind.key and one.value is not None), None)
    st.number_input(
        f"{kind.label}, %" if kind.is_share else kind.label,
        min_value=None if kind.lowest < -PERCENT else scale * kind.lowest,
        max_value=None if kind.highest > PERCENT else float(scale * kind.highest),
        value=value,
        step=0.1,
        format="%.1f" if kind.is_share else "%.4g",
        key=_key(kind.key),
        placeholder="no guess",
        help="Of the last network, on the test examples. Leave it empty if you have no idea.",
    )


def _rival(rivals: Sequence[Run], known: Sequence[NewGuess]) -> None:
    """Draw the choice of a run of the visitor's that the next one is held against."""
    names = {run.id: f"{shortened(run.name, 60)}, {words.ago(run.created)}" for run in rivals}
    options, held = [None, *names], next((one for one in known if one.rival), None)
    st.selectbox(
        "Against",
        options,
        index=options.index(held.rival) if held and held.rival in names else 0,
        format_func=lambda run_id: names.get(run_id, "no other run"),
        key=_key("rival"),
        help="One of your runs on the same data. The better main result on the test examples wins.",
    )
    st.radio(
        "Who wins",
        list(_WINNERS),
        index=0 if held is None or held.wins else 1,
        format_func=lambda wins: _WINNERS[wins],
        key=_key("wins"),
        horizontal=True,
    )


def _keep(family: Family, dataset: str, kinds: Sequence[Guessable]) -> None:
    """In a callback: keep what the form says until the run is queued."""
    state, found = st.session_state, []
    for kind in kinds:
        if (value := state.get(_key(kind.key))) is not None:
            found.append(NewGuess(kind.key, value=value / PERCENT if kind.is_share else value))
    if rival := state.get(_key("rival")):
        found.append(NewGuess(kinds[0].key, rival=rival, wins=state[_key("wins")]))
    state[_kept(family)] = (dataset, found)
    _renew()
