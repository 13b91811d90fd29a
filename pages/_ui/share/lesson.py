"""The line of a lesson above the form: its goal, and whether the run has reached it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.families import Family
from core.runs.sharing.goal import in_words, outcome
from core.runs.sharing.lesson import Lesson
from core.store import Run
from pages._ui.runs.follow import follow_part
from pages._ui.shell import shell, words

_ICONS = {
    True: ":material/check_circle:",
    False: ":material/radio_button_unchecked:",
    None: ":material/hourglass_empty:",
}


def draw_lesson(lesson: Lesson, family: Family, run: Run | None, leave: Callable[[], None]) -> None:
    """Draw the line.

    Args:
        lesson: The lesson.
        family: The family of the page.
        run: The run that the page shows.
        leave: Ends the lesson, in a callback.
    """
    goal = in_words(lesson.goal, family)
    with st.container(border=True, gap="xsmall", key="lesson"):
        with st.container(horizontal=True, vertical_alignment="center"):
            data = words.plain(shell.data_title(lesson.dataset))
            told = " ".join(filter(None, [words.plain(lesson.goal.say), f"**{words.plain(goal)}**" if goal else ""]))
            said = told or "The settings that may be changed are chosen."
            st.markdown(f":material/flag: {said} :gray[Data: {data}]", width="stretch")
            does = "Shows all settings, as they are now."
            st.button("Leave the lesson", key="leave_lesson", type="tertiary", help=does, on_click=leave)
        if run is not None:
            follow_part(run, lambda now: _draw_outcome(lesson, now), key="lesson_outcome")


def _draw_outcome(lesson: Lesson, run: Run) -> None:
    if why := lesson.why_not(run):
        st.caption(f":material/info: The run below is none of this lesson: {words.plain(why)}")
        return
    found = outcome(lesson.goal, run)
    if found.sentence:
        st.markdown(f"{_ICONS[found.is_reached]} {words.plain(found.sentence)}")
