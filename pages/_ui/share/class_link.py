"""Make a link for a class: which controls are free, fixed or hidden, and what is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

import streamlit as st

from core.config import to_query as settings_query
from core.families import Family
from core.runs.sharing.goal import LONGEST, Goal, choices, in_words, is_share
from core.runs.sharing.lesson import Lesson, Part, to_query
from pages._ui.components.page.share import share
from pages._ui.form.choices import Choices
from pages._ui.form.widgets import say_value
from pages._ui.shell import shell, words

OFFER = "Class link"
_OPEN = "_class_link"
_SHOWS = (
    "It opens this form with these settings and this data. It guides a class and locks nothing: links can be edited."
)


def class_link_offer() -> dict[str, Callable[[], None]]:
    """Return the offer of a class link for the Share of a form."""
    return {OFFER: _open}


def draw_class_link(family: Family, chosen: Choices) -> None:
    """Draw the dialog if it is open."""
    if shell.has_arrived():
        _close()
    if st.session_state.get(_OPEN):
        st.dialog("A link for a class", width="large", on_dismiss=_close)(_dialog)(family, chosen)


def _dialog(family: Family, chosen: Choices) -> None:
    if chosen.trouble:
        st.error(f"First correct the form: {shell.told(chosen.trouble)}", icon=":material/error:")
        return
    st.markdown(
        "The class opens the form as it is now, with this data. **Free** controls can be moved, **fixed** ones are "
        "shown with their value, **hidden** ones keep it unseen."
    )
    parts = _group("Main controls", family.controls, family, chosen, Part.FREE)
    for section in family.sections:
        parts |= _group(section.title, section.controls, family, chosen, Part.HIDDEN)
    goal = _goal(family, chosen)
    lesson = Lesson(chosen.config, chosen.dataset, _named(parts, Part.FREE), _named(parts, Part.FIXED), goal)
    link = {**settings_query(chosen.config, chosen.preset), "dataset": chosen.dataset, **to_query(lesson, family)}
    if not lesson.free:
        st.caption(":material/info: No control is free: the class can only press Train.")
    share(_SHOWS, key="class_link_share", tail=f"?{urlencode(link)}")


def _named(parts: dict[str, Part], which: Part) -> frozenset[str]:
    return frozenset(name for name, part in parts.items() if part is which)


def _group(title: str, names: Sequence[str], family: Family, chosen: Choices, first: Part) -> dict[str, Part]:
    """Draw the choices of a group of controls, and return them."""
    with st.expander(f"**{title}** :gray[{len(names)} {'control' if len(names) == 1 else 'controls'}]"):
        return {name: _choose(name, family, chosen, first) for name in names}


def _choose(name: str, family: Family, chosen: Choices, first: Part) -> Part:
    field, key = chosen.config.field(name), f"class_{family.id}_{name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        said = words.name(say_value(field, getattr(chosen.config, name)))
        st.markdown(f"{field.label} :gray[{said}]", width="stretch", help=field.help)
        part = st.segmented_control(
            field.label, list(Part), default=first, required=True, key=key, label_visibility="collapsed"
        )
    return Part(part or first)


def _goal(family: Family, chosen: Choices) -> Goal:
    """Draw the choices of the goal, say it, and return it."""
    with st.expander("**Goal** :gray[what a run is to reach]", expanded=True):
        key, value = _result(family, chosen)
        left, right = st.columns(2)
        parameters = left.number_input(
            "Most parameters", 0, 10**9, 0, 1000, key="class_parameters", help="Of the network; 0: no limit."
        )
        seconds = right.number_input(
            "Most seconds of training", 0, 10**6, 0, 10, key="class_seconds", help="0: no limit."
        )
        say = st.text_input("In your words", key="class_say", max_chars=LONGEST, placeholder="What the class is to do")
        goal = Goal(key, value, int(parameters), int(seconds), " ".join(say.split()))
        if said := in_words(goal, family):
            st.caption(f":material/flag: {words.plain(said)}")
    return goal


def _result(family: Family, chosen: Choices) -> tuple[str, float]:
    """Draw the choice of a result and of the value to reach."""
    titles = choices(family, chosen.spec)
    left, right = st.columns(2)
    key = left.selectbox(
        "Result", list(titles), None, format_func=titles.__getitem__, key="class_result", placeholder="No result"
    )
    if key is None:
        return "", 0.0
    in_percent = is_share(family, key)
    does = "The least value, or the greatest of an error. Judged by the results that each run shows at its end."
    label, first = ("Value (%)", 95.0) if in_percent else ("Value", 0.9)
    value = right.number_input(
        label, value=first, step=1.0 if in_percent else 0.01, key=f"class_value_{key}", help=does
    )
    return key, value / 100 if in_percent else value


def _open() -> None:
    st.session_state[_OPEN] = True


def _close() -> None:
    st.session_state.pop(_OPEN, None)
