"""Name a group of test examples, and list the groups with the run's scores on them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from core.datasets.corruptions import TEST_SHIFTS
from core.names import shortened
from core.runs.comparison.slices import say_score
from core.runs.examples.slices import (
    ACCURACY,
    BY_ANSWERS,
    SliceScore,
    ask_missing,
    delete_group,
    name_group,
    slice_scores,
)
from core.store import Run
from core.store.notes.slices import LONGEST_SLICE_NAME
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.studio.untrained import follow_answer

LONGEST_SAID = 40  # characters of a run's name beside a group
_TOLD = "_images_told"
_done: dict[str, float] = {}  # share of the disturbed examples that is asked, by the run
_NAMED = "_group_named"  # how many were named in this visit, so that the form folds


def offer_naming(run: Run, rows: Sequence[int], source: str, *, is_by_answers: bool = False) -> None:
    """Draw the button that names a group of test examples, for those who may see the data themselves.

    Args:
        run: A run on the data.
        rows: Rows of the test data.
        source: How they were found, in a few words.
        is_by_answers: Whether the answers of this run decided.
    """
    source = f"{source}, by {shortened(run.name, LONGEST_SAID)}" if is_by_answers else source
    if not privacy.sees(run.dataset):  # the holder of a link looks only
        return
    show_told()
    shell.say()
    number = st.session_state.get(_NAMED, 0)
    with (
        st.popover(
            "Name this group",
            icon=":material/label:",
            key=f"group_name_{number}",
            help="Its score then stands in the results of every run on this data, and in Compare.",
        ),
        st.form(f"group_form_{number}", border=False),
    ):
        st.text_input("Name", key="group_name", max_chars=LONGEST_SLICE_NAME, placeholder="such as open fours")
        if shell.dataset(run.dataset).spec.is_image:
            shifts = {"none": "As tested", **{key: title for key, title in TEST_SHIFTS.items() if key != "none"}}
            st.selectbox(
                "Disturbed",
                list(shifts),
                format_func=shifts.__getitem__,
                key="group_shift",
                help="Change the images of the group before each run is asked about them. As tested: unchanged.",
            )
        count = f"{len(rows):,} test example{'s' if len(rows) != 1 else ''}"
        st.caption(f"{count}: {words.plain(source)}")
        if is_by_answers:
            st.caption(BY_ANSWERS)
        st.form_submit_button("Name it", type="primary", on_click=_name, args=(run, list(rows), source))


def tell(said: str) -> None:
    """Keep a message until the view is drawn: a callback of a fragment cannot show it."""
    st.session_state[_TOLD] = said


def show_told() -> None:
    """Show the message that was kept, if there is one."""
    if said := st.session_state.pop(_TOLD, ""):
        st.toast(said)


def _name(run: Run, rows: list[int], source: str) -> None:
    state = st.session_state
    with shell.remember():
        shift = state.get("group_shift", "none")
        name = state["group_name"]
        name_group(shell.store(), run, name, rows, owner.actor(), source=source, shift="" if shift == "none" else shift)
        state[_NAMED] = state.get(_NAMED, 0) + 1
        tell(f"{words.plain(name)} is a group now: see Results and Compare.")


def draw_groups(run: Run, which: str = "last", *, heading: str = "Groups") -> None:
    """Draw the visitor's groups on the data of a run, with its scores; nothing if there are none.

    Args:
        run: The run.
        which: Its `last` or its `best` network.
        heading: The heading above.
    """
    scores = slice_scores(shell.store(), run, owner.actor(), which)
    if not scores:
        return
    st.subheader(heading, anchor=False)
    ask_for_disturbed(run, scores, which)
    kind = "Accuracy" if scores[0].measure == ACCURACY else "RMSE"
    table = pd.DataFrame(
        {
            "Group": [one.slice.name for one in scores],
            "Examples": [len(one.slice.rows) for one in scores],
            kind: [_said(one, one.value) for one in scores],
            "All others": [_said(one, one.rest) for one in scores],
            "Disturbed": [_disturbed(one) for one in scores],
            "Found by": [one.slice.source for one in scores],
        }
    )
    event = st.dataframe(
        table if any(one.slice.shift for one in scores) else table.drop(columns="Disturbed"),
        key=f"groups_{run.id}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={kind: st.column_config.TextColumn(help="Of this run on the examples of the group.")},
        alt=f"{len(scores)} groups of test examples and this run's scores on them",
    )
    chosen = next(iter(event.selection.rows), None)
    if chosen is not None and chosen < len(scores):
        name = scores[chosen].slice.name
        label, args = f"Delete the group {words.plain(name)}", (run, name)
        st.button(label, icon=":material/delete:", key="group_delete", on_click=_delete, args=args)


def _disturbed(one: SliceScore) -> str:
    if not one.slice.shift:
        return ""
    return TEST_SHIFTS[one.slice.shift] + (f"; {one.asked:,} of them, evenly spread" if one.is_sample else "")


def _said(one: SliceScore, value: float | None) -> str:
    return "" if value is None else say_score(one.measure, value)


def ask_for_disturbed(run: Run, scores: Sequence[SliceScore], which: str = "last") -> None:
    """Ask for answers to disturbed examples that are missing, and draw the page again when they are there.

    Args:
        run: The run.
        scores: What is known of it.
        which: Its `last` or its `best` network.
    """
    shifts = sorted({one.slice.shift for one in scores if one.slice.shift and one.value is None})
    is_tested = any(one.rest is not None for one in scores)
    if not (shifts and is_tested and run.status.is_final and privacy.sees(run.dataset)):
        return
    store, me = shell.store(), owner.actor()

    def question() -> str:
        try:
            return "asked" if ask_missing(store, run, me, which, partial(_done.__setitem__, run.id)) else "known"
        finally:
            _done.pop(run.id, None)

    follow_answer(
        f"_groups_{run.id}_{which}",
        f"groups {run.id}/{run.generation} {which} {shifts}",
        question,
        lambda answer: None,
        lambda: None,
        run.dataset,
        run=run,
        say=lambda: st.progress(_done.get(run.id, 0.0), "Asking the network about the disturbed examples."),
    )


def _delete(run: Run, name: str) -> None:
    with shell.remember():
        delete_group(shell.store(), run, name, owner.actor())
