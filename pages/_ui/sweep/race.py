"""A race: the same data and first weights, several optimisers, and their losses and pictures side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from core.config import Choice
from core.families import Family
from core.figures.colours import colours_of
from core.figures.comparison.curves import draw_curves
from core.figures.pictures import Picture
from core.jobs.sweep import plan_sweep, submit_sweep
from core.runs.estimate import load_of, read_speed
from core.runs.group import Group
from core.runs.notebook.curves import read_curves
from core.store import Run
from pages._ui.components.charts.chart import chart
from pages._ui.components.pictures.pictures import pictures
from pages._ui.form.choices import Choices
from pages._ui.form.reuse_settings import source_of
from pages._ui.runs.snapshots import newest_beside
from pages._ui.shell import owner, privacy, shell, words

RACED = "optimizer"  # the setting; families without it have no race
MOST = 7  # racers, so that each is seen
POINTS = 200  # of a line
WIDTH = 200  # CSS pixels of a picture


def can_race(family: Family) -> bool:
    """Return whether the networks of a family can be trained by several optimisers."""
    return RACED in family.config_type.fields()


def choose_racers(family: Family, chosen: Choices, close: Callable[[], None]) -> None:
    """Draw the choice of the racers, say what they cost, and start them; `close` ends the dialog around it."""
    st.caption("Same data, same first weights, several optimisers: their losses, and what each has learned.")
    field = chosen.config.field(RACED)
    assert isinstance(field, Choice)
    racers = st.multiselect(
        "Optimisers",
        field.options,
        list(field.options)[:MOST],
        format_func=field.say,
        max_selections=MOST,
        key="race_racers",
        help=f"Two to {MOST}. Momentum is that of the form: with 0, SGD is plain.",
    )
    rate = chosen.config.field("learning_rate")
    st.caption(
        f"All take the form's {rate.label.lower()}. One that suits Adam is small for SGD, so a slow racer need not be "
        "a bad one: race again with another rate."
    )
    speed = read_speed(shell.store())
    configs = [replace(chosen.config, **{RACED: racer}) for racer in racers]
    seconds = sum(speed.estimate(load_of(family, config, chosen.spec)).seconds for config in configs)
    slots = shell.store().settings.slots
    at_once = "one after another" if slots == 1 else f"{slots} at a time"
    st.markdown(
        f"**{len(racers)} runs, about {words.about(seconds)} of training in all.** This server trains them {at_once}; "
        "each line grows while its own run trains, and all end on the same steps."
    )
    if st.button("Start", type="primary", icon=":material/play_arrow:", key="race_start", disabled=len(racers) < 2):
        _start(family, chosen, racers, close)


def _start(family: Family, chosen: Choices, racers: list[str], close: Callable[[], None]) -> None:
    with shell.guard():
        group = submit_sweep(
            shell.store(),
            family,
            plan_sweep(chosen.config, [f"{RACED}={','.join(racers)}"], seed=chosen.config.seed),
            chosen.dataset,
            owner.actor(),
            preset=chosen.preset,
            drops=False,
            derived_from=source_of(family.id),
        )
        close()
        st.switch_page("pages/compare.py", query_params={"group": group})


def draw_race(group: Group) -> None:
    """Draw losses and pictures of the runs of a group in which one choice differs; nothing of others."""
    fields = [group.configs[0].field(name) for name in group.names]
    if len(fields) != 1 or not isinstance(fields[0], Choice) or len(group.runs) > MOST + 1:
        return
    names = [fields[0].say(value) for value in group.values(group.names[0])]
    colours = colours_of([""] * len(names))
    if curves := read_curves(shell.store(), group.runs, POINTS):
        first = curves[0]
        trained = replace(first, lines=tuple(line for line in first.lines if line.metric == 0))
        st.markdown(f"**{first.title} while training**")
        figure = draw_curves(trained, colours, names)
        chart(figure, key="race_curves", alt=f"{first.title} of {', '.join(names)} over the steps of training")
    shown = [(name, picture) for run, name in zip(group.runs, names, strict=True) for picture in _seen(run)]
    if shown:
        st.markdown("**What each has learned**")
        drawn = [picture for _, picture in shown]
        pictures(drawn, key="race_pictures", below=[name for name, _ in shown], width=WIDTH)


def _seen(run: Run) -> list[Picture]:
    return newest_beside(run)[:1] if privacy.sees_run(run) else []
