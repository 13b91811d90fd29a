"""What can be done with the ticked runs: compare them, tag, colour and star one's own."""

from __future__ import annotations

import zlib
from functools import reduce

import pandas as pd
import streamlit as st

from core.errors import RunError
from core.runs.comparison.comparison import LEAST, MOST
from core.store import Run
from pages._ui.compare.chosen import choose, chosen, ticked
from pages._ui.runs.marks import LEAVE, colour_field, tags_field
from pages._ui.shell import owner, shell

STAR, NO_STAR = "Star", "No star"


def selection(table: pd.DataFrame) -> None:
    """Draw the buttons; they have their place from the start, so that nothing moves.

    Args:
        table: All runs.
    """
    count, is_shown = len(ticked()), ticked() == chosen()
    is_ready = LEAST <= count <= MOST and not is_shown
    with st.container(horizontal=True, vertical_alignment="center", key="compare_offer"):
        if st.button(
            f"Compare {count} runs" if count >= LEAST else "Compare",
            type="primary" if is_ready else "secondary",
            icon=":material/compare_arrows:",
            key="compare_these",
            disabled=not is_ready,
        ):
            choose(ticked())
            st.rerun()
        _mark(table)
        if count and st.button("Untick all", type="tertiary", key="compare_none"):
            choose(chosen() if not is_shown else ())
            st.rerun()
        if count > MOST:
            st.markdown(f"{count} runs are ticked, but at most {MOST} fit side by side. Untick some.")
        elif count < LEAST:
            left = "two of these runs" if not count else "one more run"
            st.markdown(f"Tick {left}, to see what differs and whether it matters.")


def _mark(table: pd.DataFrame) -> None:
    """Draw the form that tags, colours and stars the ticked runs of the visitor."""
    mine = _mine()
    with st.popover(
        "Tag",
        icon=":material/label:",
        key="compare_mark",
        disabled=not mine,
        help="Tag, colour or star the ticked runs",
    ):
        shell.say()
        if mine:
            _form(mine, sorted({tag for tags in table["tags"] for tag in tags.split(",") if tag}))


def _mine() -> list[Run]:
    runs, found = shell.store().runs, []
    for run_id in ticked():
        try:
            run = runs.get(run_id)
        except RunError:  # it has just been deleted
            continue
        if runs.may(run, owner.actor()):
            found.append(run)
    return found


def _form(mine: list[Run], known: list[str]) -> None:
    shared = reduce(lambda left, run: [tag for tag in left if tag in run.tag_names], mine, mine[0].tag_names)
    others = len(ticked()) - len(mine)
    number = zlib.crc32(repr([(run.id, run.tags, run.colour, run.starred) for run in mine]).encode())
    with st.form(f"mark_{number}", border=False):
        whose = f" {others} of the ticked runs are not yours." if others else ""
        st.markdown(f"**{len(mine)} {'run' if len(mine) == 1 else 'runs'}**{whose}")
        tags = tags_field(f"mark_tags_{number}", shared, known)
        colour = colour_field(f"mark_colour_{number}", mine[0].colour if len({r.colour for r in mine}) == 1 else LEAVE)
        stars = {run.starred for run in mine}
        first = LEAVE if len(stars) > 1 else STAR if stars == {True} else NO_STAR
        options = [STAR, NO_STAR, *([LEAVE] if len(stars) > 1 else [])]
        star = st.segmented_control("Star", options, default=first, required=True, key=f"mark_star_{number}")
        if st.form_submit_button("Save", type="primary"):
            with shell.guard():
                _save(mine, shared, tags, colour, str(star))
                st.rerun()


def _save(mine: list[Run], shared: list[str], tags: list[str], colour: str, star: str) -> None:
    """Give each run the new tags, without those taken from all, and keep the others."""
    runs, me = shell.store().runs, owner.actor()
    for run in mine:
        kept = [tag for tag in run.tag_names if tag in tags or tag not in shared]
        runs.tag(run.id, [*kept, *tags], me)
        if colour != LEAVE:
            runs.colour(run.id, colour, me)
        if star != LEAVE:
            runs.star(run.id, star == STAR, me)
