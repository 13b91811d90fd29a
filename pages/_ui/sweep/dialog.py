"""Choose one or two settings of a form and the values to try, see what it costs, and start."""

from __future__ import annotations

import streamlit as st

from core.config import Bounded, Choice, Config
from core.errors import GlassboxError
from core.families import Family
from core.jobs.sweep import LEAST, MOST, plan_sweep, read_axes, submit_sweep
from core.jobs.sweep.submit import can_drop
from core.runs.estimate import load_of, read_speed
from pages._ui.form.choices import Choices
from pages._ui.form.reuse_settings import source_of
from pages._ui.shell import owner, shell, words
from pages._ui.sweep.race import can_race, choose_racers

_OPEN = "_sweep_open"
VALUES, RACE = "Values of a setting", "Race of optimisers"
LEVELS = 3  # values of a number at first
STEP = {False: 10.0, True: 4.0}  # factor from the form's value to the ends of a range at first, by whether it is whole


def offer_sweep(family: Family, chosen: Choices) -> None:
    """Draw the button that opens the dialog, and the dialog if it is open."""
    st.button(
        "Try several values",
        icon=":material/grid_view:",
        key="sweep_offer",
        type="tertiary",
        width="stretch",
        disabled=bool(chosen.trouble),
        on_click=_open,
        help="Trains these settings with several values of one or two of them, and shows what they do to the result.",
    )
    if shell.has_arrived() or chosen.trouble:
        _close()
    elif st.session_state.get(_OPEN):
        st.dialog("Try several values", width="medium", on_dismiss=_close)(_draw)(family, chosen)


def _open() -> None:
    st.session_state[_OPEN] = True
    st.rerun()


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _draw(family: Family, chosen: Choices) -> None:
    if can_race(family) and _is_race():
        choose_racers(family, chosen, _close)
        return
    settings = st.container()
    config, drops = _held_back(chosen)
    with settings:
        over = _over(family, config, chosen)
        trials = _trials()
    configs: list[Config] = []
    try:
        configs = plan_sweep(config, over, trials, config.seed)
        for planned in configs:
            planned.validate(chosen.spec)
    except GlassboxError as error:
        configs = []
        st.error(shell.told(error), icon=":material/error:")
    _start(family, chosen, configs, drops=drops)


def _is_race() -> bool:
    """Draw the choice between any settings and a race of optimisers; return whether it is a race."""
    ways = (VALUES, RACE)
    way = st.segmented_control(
        "What", ways, default=VALUES, key="sweep_way", required=True, label_visibility="collapsed"
    )
    return way == RACE


def _over(family: Family, config: Config, chosen: Choices) -> list[str]:
    """Draw the choice of one or two settings; return what to try, as the command line writes it."""
    names = [
        name
        for name, field in config.fields().items()
        if isinstance(field, Bounded | Choice) and name not in family.unused(config, chosen.spec)
    ]
    first, second = st.columns(2)
    with first:
        one = _setting("Setting", names, config, at=0)
        over = [_values(config, one, "one")]
    with second:
        if two := _setting("Second setting", [name for name in names if name != one], config, at=None):
            over.append(_values(config, two, "two"))
    return over


def _held_back(chosen: Choices) -> tuple[Config, bool]:
    """Offer what validation is good for; return the settings, and whether weak runs are ended early."""
    config = chosen.config
    if config.holding_back() != config and st.toggle(
        "Hold back training examples for validation",
        value=True,
        key="sweep_hold",
        help="The best run is chosen by them. A choice by test results would flatter it.",
    ):
        config = config.holding_back()
    can = can_drop([config], chosen.spec)
    if not can:
        st.caption("Without validation examples no run is called the best, and all are trained to their end.")
        return config, False
    return config, st.toggle(
        "End weak runs early",
        value=True,
        key="sweep_drop",
        help="After epochs 1, 2, 4 and so on, only a run among the better half so far goes on. An ended run can be "
        "resumed. Settings that start slowly can be ended too soon.",
    )


def _setting(label: str, names: list[str], config: Config, *, at: int | None) -> str:
    help_text = "One that the form shows, or none." if at is None else "Its values are tried; all others stay."
    return st.selectbox(
        label,
        names,
        index=at,
        format_func=lambda name: config.field(name).label,
        key="sweep_second" if at is None else "sweep_first",
        placeholder="none",
        help=help_text,
    )


def _values(config: Config, name: str, place: str) -> str:
    """Draw the choice of a setting's values; return them as the command line writes them."""
    field, key = config.field(name), f"sweep_{place}_{name}"
    if isinstance(field, Choice):
        options = st.multiselect(
            "Values", field.options, list(field.options), format_func=field.say, key=key, help="Each is tried."
        )
        return f"{name}={','.join(options)}"
    assert isinstance(field, Bounded)
    text = st.text_input(
        "Values",
        _range(field, getattr(config, name)),
        key=key,
        help=f"Low..high:how many, such as {_range(field, getattr(config, name))}; or values such as "
        f"{field.format(field.low)}, {field.format(field.high)}. It can be {field.expected()}.",
    )
    try:
        [axis] = read_axes(config, [f"{name}={text}"])
        st.caption("Tries " + ", ".join(field.say(value) for value in axis.values) + ".")
    except GlassboxError:  # said below, with all other trouble
        pass
    return f"{name}={text}"


def _range(field: Bounded, value: float) -> str:
    """Return a range around the form's value."""
    if field.scale == "log" and value > 0:
        low, high = (value / STEP[field.whole], value * STEP[field.whole])
    else:
        low, high = field.low, max(2 * value, field.low + (field.high - field.low) / 10)
    ends = [min(max(round(end) if field.whole else float(f"{end:.3g}"), field.low), field.high) for end in (low, high)]
    return f"{field.format(ends[0])}..{field.format(ends[1])}:{LEVELS}"


def _trials() -> int | None:
    """Offer to draw at random; return the number of runs, or None for all combinations."""
    if not st.toggle(
        "Draw at random",
        key="sweep_random",
        help="Trains so many of all combinations. A range without a number, such as 0.001..0.1, is drawn from freely.",
    ):
        return None
    return int(st.number_input("Runs", LEAST, MOST, 8, key="sweep_trials", help="How many combinations are drawn."))


def _start(family: Family, chosen: Choices, configs: list[Config], *, drops: bool) -> None:
    """Say what the runs cost, and start them."""
    speed = read_speed(shell.store())
    seconds = sum(speed.estimate(load_of(family, config, chosen.spec)).seconds for config in configs)
    count = len(configs)
    if configs:
        about = "up to" if drops else "about"
        st.markdown(
            f"**{count} runs, {about} {words.about(seconds)} of training in all.** They wait in line as one group."
        )
    if st.button(
        f"Train {count} runs" if configs else "Train",
        type="primary",
        icon=":material/play_arrow:",
        key="sweep_start",
        disabled=not configs,
    ):
        with shell.guard():
            group = submit_sweep(
                shell.store(),
                family,
                configs,
                chosen.dataset,
                owner.actor(),
                preset=chosen.preset,
                drops=drops,
                derived_from=source_of(family.id),
            )
            _close()
            st.switch_page("pages/compare.py", query_params={"group": group})
