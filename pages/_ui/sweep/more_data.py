"""Does more data help? Train the same settings on fewer examples, and draw how the error falls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from core.config import Config
from core.datasets import DataSpec
from core.errors import GlassboxError
from core.figures.group.lines import AHEAD, draw_learning_curve
from core.jobs.sweep import submit_sweep
from core.jobs.sweep.more_data import plan_more_data
from core.runs.estimate import load_of, read_speed
from core.runs.group import Group
from core.runs.learning_curve import LearningCurve, learning_curve
from core.runs.run_settings import RunSettings, settings_of
from core.store import Run
from pages._ui.components.charts.chart import chart
from pages._ui.shell import owner, privacy, shell, words

LABEL = "Does more data help?"
TWICE = 2


class _Plan(NamedTuple):
    """Settings of a run and of its smaller ones, and the shape of its data."""

    known: RunSettings
    configs: list[Config]
    spec: DataSpec


def offer_more_data(run: Run) -> None:
    """Offer to train the settings of a run on fewer examples; nothing where that is impossible."""
    if (plan := _plan(run)) and st.button(
        LABEL,
        icon=":material/trending_down:",
        key="more_data",
        help=f"Trains the same settings on {_cost(plan)}, and draws how the error falls.",
    ):
        with shell.guard():
            _start(run, plan)


def offer_more_data_of(runs: Mapping[str, Run]) -> None:
    """Offer the same for one of several runs, by their names; nothing where that is impossible for all."""
    plans = {name: plan for name, run in runs.items() if (plan := _plan(run))}
    if plans and (
        name := st.menu_button(
            LABEL,
            list(plans),
            format_func=lambda name: f"{name}: on {_cost(plans[name])}",
            icon=":material/trending_down:",
            key="more_data_of",
            help="Trains the settings of one of these runs on fewer examples too, and draws how the error falls.",
        )
    ):
        with shell.guard():
            _start(runs[name], plans[name])


def _plan(run: Run) -> _Plan | None:
    if not privacy.can_train(run.dataset):
        return None
    try:
        known, spec = settings_of(run), shell.dataset(run.dataset).spec
        return _Plan(known, plan_more_data(known.config, spec), spec)
    except GlassboxError:  # these settings or this data cannot
        return None


def _cost(plan: _Plan) -> str:
    speed = read_speed(shell.store())
    seconds = sum(speed.estimate(load_of(plan.known.family, config, plan.spec)).seconds for config in plan.configs)
    sizes = [f"{config.used_size(plan.spec):,}" for config in plan.configs]
    return f"{', '.join(sizes[:-1])} and {sizes[-1]} examples, about {words.about(seconds)}"


def _start(run: Run, plan: _Plan) -> None:
    group = submit_sweep(
        shell.store(),
        plan.known.family,
        plan.configs,
        run.dataset,
        owner.actor(),
        preset=plan.known.preset,
        drops=False,
        derived_from=run.id,
    )
    st.switch_page("pages/compare.py", query_params={"group": group})


def draw_more_data(group: Group) -> None:
    """Draw the learning curve of a group, and say what more data would bring."""
    curve = learning_curve(shell.store(), group)
    is_share = group.configs[0].limits_examples and all("test_accuracy_last" in run.summary for run in curve.runs)
    title = "share of test examples answered wrongly" if is_share else "share of the variance left unexplained"
    if not curve.examples:
        st.info("The learning curve appears here once the first run has ended.", icon=":material/trending_down:")
        return
    st.markdown(f"#### {words.plain(_sentence(curve, len(group.runs)))}")
    chart(draw_learning_curve(curve, title), key="more_data_curve", alt=f"{title} over the number of examples")
    st.caption(
        "Bars and band: 95 % intervals, from the luck of the test examples and the distance of the points from the law "
        "error = floor + scale · examples^-exponent. All runs pass over their examples equally often, so fewer "
        "examples also mean fewer updates."
    )


def _sentence(curve: LearningCurve, total: int) -> str:
    if curve.law is None:
        return f"{len(curve.examples)} of {total} numbers of examples are measured; the law needs all of them."
    most = curve.examples[-1]
    ahead = [TWICE * most, AHEAD * most]
    (twice, far), (low, high) = curve.law.error(ahead), curve.law.interval(ahead)
    said = f"{ahead[0]:,} examples would bring the error from {_share(curve.errors[-1])} to about {_share(twice)}"
    return (
        f"{said} ({_share(low[0])} to {_share(high[0])}); {ahead[1]:,} to about {_share(far)} "
        f"({_share(low[1])} to {_share(high[1])})."
    )


def _share(value: float) -> str:
    return words.percent(float(value))
