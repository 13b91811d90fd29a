"""The page of a group of runs: how far it is, what the settings do to the result, and which runs are best."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.config import Choice
from core.config.fields import Field
from core.figures.colours import RUNS
from core.figures.group.heat import heat_map, is_grid
from core.figures.group.lines import draw_line, draw_places
from core.names import in_words
from core.runs.comparison.comparison import LEAST
from core.runs.group import PRUNED, Group, read_group, state_of
from core.runs.learning_curve import is_of_data
from core.runs.standing import preset_name
from pages._ui.compare.chosen import choose
from pages._ui.compare.closer.trade_offs import draw_trade_offs
from pages._ui.components.charts.chart import chart
from pages._ui.components.page.share import titled
from pages._ui.shell import owner, privacy, shell, words
from pages._ui.sweep.more_data import draw_more_data
from pages._ui.sweep.race import draw_race
from pages._ui.sweep.standings import draw_group_of_presets, title_of

QUERY = "group"
_SHOWS = "It shows these runs to everyone who has it: settings, curves and results."
MOVES_S = 1.0  # between updates while runs move
BEST = 4  # runs that the button compares
_STYLE = """<style>.st-key-sweep_state button, .st-key-sweep_best button { min-height: 44px; }
@media (min-width: 641px) { .st-key-sweep_state { flex-wrap: nowrap; } }</style>"""


def draw_group(group_id: str) -> None:
    """Draw the page of a group."""
    with shell.guard():
        group = read_group(shell.store(), group_id)
        titled(_title(group), _SHOWS)
        st.html(_STYLE)
        if st.button("All runs", icon=":material/arrow_back:", key="sweep_leave", type="tertiary"):
            st.query_params.clear()  # a link to this same page would leave the group in the address
            st.rerun()
        is_over = group.done == len(group.runs)
        with st.container():  # keeps the fragment's place even if Streamlit drops its messages for a newer run of it
            st.fragment(_draw, run_every=None if is_over else MOVES_S, key="sweep")(group_id, is_over)


def _title(group: Group) -> str:
    if group.is_of_presets:
        return title_of(group)
    if is_of_data(group):
        return "Does more data help?"
    first, *rest = [group.configs[0].field(name).label for name in group.names] or ["Group"]
    return " and ".join([first, *map(in_words, rest)])


def _draw(group_id: str, was_over: bool) -> None:
    with shell.guard():
        group = read_group(shell.store(), group_id)
        if (group.done == len(group.runs)) != was_over:
            st.rerun()
        _state(group)
        if group.is_of_presets:
            draw_group_of_presets(group)
        elif is_of_data(group):
            draw_more_data(group)
            _best(group)
        else:
            left, right = st.columns([2, 1], gap="medium")
            with left:
                _result(group)
            with right:
                _effects(group)
                _best(group)
        if not group.is_of_presets:
            draw_race(group)
            _table(group)
        _costs(group)


def _state(group: Group) -> None:
    """Say how far the group is, and offer to stop it."""
    run, total = group.runs[0], len(group.runs)
    data = shell.data_title(run.dataset) if privacy.sees(run.dataset) else "private data"
    networks = " and ".join(family.title for family in group.families)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="sweep_state"):
        early = sum(one.summary.get("ended_by") == PRUNED for one in group.runs)
        said = f"**{group.done} of {total} runs have ended**" + (f", {early} of them early" if early else "")
        if group.done == total:
            st.markdown(f"{said}. {networks}, {words.plain(data)}.")
            return
        with st.container():
            st.progress(group.share, f"{said}. {networks}, {words.plain(data)}.")
        if shell.store().runs.may(run, owner.actor()):
            st.button(
                "Stop all",
                icon=":material/stop:",
                key="sweep_stop",
                on_click=_stop,
                args=(group.id,),
                help="Stops the runs that train and takes the waiting ones out of the queue. Finished ones stay.",
            )


def _stop(group_id: str) -> None:
    with shell.remember():
        shell.store().runs.stop_group(group_id, owner.actor())


def _result(group: Group) -> None:
    """Draw the result over the settings."""
    shell.say()
    alt = f"{group.measure.label if group.measure else 'Result'} over {' and '.join(group.names)}"
    if is_grid(group):
        st.html(heat_map(group))
    elif len(group.names) == 1:
        chart(draw_line(group), key="sweep_line", alt=alt)
    elif len(group.names) == 2:
        chart(draw_places(group), key="sweep_places", alt=alt)
    if group.measure is not None and not group.is_ranked:
        is_test = group.measure.key.startswith("test_")
        why = "a choice by test results flatters what is chosen" if is_test else "this number says how runs differ"
        st.info(
            f"Nothing was held back for validation, so no run is called the best: {why}. None was ended early.",
            icon=":material/info:",
        )


def _effects(group: Group) -> None:
    """Say how far each setting moves the mean result."""
    measure = group.measure
    if measure is None or measure.apart is None:
        return
    for name in group.names:
        levels = sorted(group.levels(name), key=lambda level: level[1])
        if len(levels) < 2:
            continue
        (low, worst), (high, best) = levels[0], levels[-1]
        moved = measure.apart(best - worst).removeprefix("+")
        st.markdown(
            f"**{group.configs[0].field(name).label}** moves the mean {words.plain(measure.label.lower())} by {moved}: "
            f"{measure.say(worst)} at {words.plain(low)}, {measure.say(best)} at {words.plain(high)}."
        )
    over = "Each mean is over all values of the other setting. " if len(group.names) > 1 else ""
    early = "Runs that ended early count with what they had reached." if _has_early(group) else ""
    if over or early:
        st.caption(over + early)


def _has_early(group: Group) -> bool:
    return any(run.summary.get("ended_by") == PRUNED for run in group.runs)


def _best(group: Group) -> None:
    """Offer to compare the best runs."""
    values = group.measure.values if group.measure else ()
    best = [group.runs[place].id for place in group.ranking if values and values[place] is not None][:BEST]
    if len(best) < LEAST or not (group.is_ranked or is_of_data(group)):
        return
    label = f"Compare the best {len(best)}" if group.is_ranked else f"Compare {len(best)} of them"
    if st.button(f"{label} side by side", icon=":material/compare_arrows:", key="sweep_best", type="primary"):
        choose(best)
        st.query_params.clear()
        st.rerun()


def _table(group: Group) -> None:
    """List the runs, the best first."""
    fields = {name: group.configs[0].field(name) for name in group.names}
    said = group.measure.said if group.measure else ("",) * len(group.runs)
    rows = [
        {
            **{field.label: field.say(group.values(name)[place]) for name, field in fields.items()},
            group.measure.label if group.measure else "Result": said[place],
            "State": state_of(group.runs[place]) or "finished",
            "Time": _seconds(group.runs[place].summary.get("fit_s")),
            "Open": f"/{group.runs[place].family}?run={group.runs[place].id}",
        }
        for place in group.ranking
    ]
    st.dataframe(
        pd.DataFrame(rows),
        key="sweep_runs",
        hide_index=True,
        height="content" if len(rows) <= 12 else 440,
        column_config={"Open": st.column_config.LinkColumn(width="small", display_text="open")},
        alt=f"{len(rows)} runs with their settings and results",
    )


def _costs(group: Group) -> None:
    """Offer to draw the result over any setting or cost."""
    if not st.toggle(
        "Costs and results",
        key="sweep_costs",
        help="Draws the result over time, size or a setting, names the runs that no other beats, and all that differs.",
    ):
        return
    fields = {name: group.configs[0].field(name) for name in group.names}
    places = range(len(group.runs))
    names = [" / ".join(_short(field, group.values(name)[place]) for name, field in fields.items()) for place in places]
    if group.is_of_presets:
        names = [preset_name(run) for run in group.runs]
    draw_trade_offs(group.runs, names, [RUNS[place % len(RUNS)] for place in places], "sweep")


def _short(field: Field, value: Any) -> str:
    """Return a value without its unit, which the page's title names."""
    return field.say(value) if isinstance(field, Choice) else field.format(value)


def _seconds(value: float | None) -> str:
    return "" if value is None else words.duration(value)
